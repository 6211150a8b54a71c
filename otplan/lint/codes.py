"""The codes of what kinds, rules and cluster files find: one line for each, never reused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "OT501": "a dataset does not say where its data comes from",
        "OT502": "a dataset exists already and is made by a program as well",
        "OT503": "a trace has no tasks, or has them from two sides",
        "OT504": "more chunks at once than there are",
        "OT505": "a join of what is not cut into chunks",
        "OT506": "both a script and a command say what to run",
        "OT507": "there is nothing to run",
        "OT508": "a config file holds no mapping",
        "OT509": "an output is no plain path below the output folder",
        "OT510": "a name that an environment variable cannot have, or that is otplan's own",
        "OT511": "a name that an input cannot have, or that two inputs share",
        "OT512": "a time limit of no time",
        "OT513": "a type of GPU, and no GPUs",
        "OT540": "more on a node than the nodes of its partition have",
        "OT541": "a longer time limit than its cluster, partition or QOS gives",
        "OT542": "more or fewer nodes than its cluster, partition or QOS takes",
        "OT543": "more GPUs than its partition or QOS gives",
        "OT544": "a partition or QOS that the cluster's file does not know",
        "OT545": "a launcher or variant that the cluster has not",
        "OT546": "a program that needs the internet, where there is none",
        "OT547": "something that nobody knows of the cluster, and that matters",
        "OT548": "a kind that the cluster is not recommended for",
        "OT549": "a type of GPU that the cluster has not",
        "OT560": "a source that is neither a path nor a repo, or both",
        "OT561": "a repo that is not on the Hub, or empty",
        "OT562": "a repo that is missing, or not shown to the owner of the token",
        "OT570": "nothing says how a stage is run",
        "OT571": "two fields say how a stage is run",
        "OT572": "other GPUs than the model's server takes",
        "OT573": "GPUs, and no model that is served on them",
        "OT574": "a field that says something to nobody",
        "OT575": "no such type of engine",
        "OT576": "an agent in a remote sandbox, and no way from there to the model",
        "OT601": "no such cluster",
        "OT602": "no time limit, where the cluster asks for one",
        "OT603": "more of something than the cluster has",
        "OT604": "a reference from one cluster to another",
        "OT605": "no place here for the registry, where the cluster is reached by ssh",
        "OT606": "code that runs from the checkout, where the cluster is reached by ssh",
        "OT607": "a path beside the manifest, where the cluster is reached by ssh",
        "OT610": "a secret",
        "OT611": "what looks like a secret",
        "OT620": "a cluster file that is no YAML mapping",
        "OT621": "a key twice in a cluster file",
        "OT622": "an unknown key in a cluster file",
        "OT623": "a value in a cluster file that cannot be",
        "OT624": "a key that a cluster file lacks",
        "OT625": "a base that is no shipped cluster",
    }
)
