"""Trainings with LLaMA-Factory: which setting is whose, and the stages they make.

A setting of `config` and `overrides` is one of LLaMA-Factory's own, one that describes the
datasets (it goes into dataset_info.json), or one that otplan sets itself. What counts for the
result is all but the last, and but what only says how a training is watched and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from otplan.core.cluster import Cluster
from otplan.core.resource import Resource
from otplan.core.stage import Draft, Program, Want
from otplan.core.values import Value, leaves
from otplan.kinds.batch import ACCUMULATED, GLOBAL, PER_DEVICE, batch, processes
from otplan.kinds.config import config, merge
from otplan.kinds.limits import limits, options
from otplan.kinds.program import draft, open_field
from otplan.kinds.result import declared, escape, result
from otplan.kinds.settle import VARIANT
from otplan.kinds.watching import FIELD

LAUNCHER = "llamafactory"
TOOL = "train_llamafactory.py"
CHECKPOINT = "checkpoint"
"""The output that holds a training's shards; one of its usual ones it is not."""

DATA: Mapping[str, str] = MappingProxyType(
    {
        **{key: key for key in ("formatting", "ranking", "subset", "split", "folder")},
        **{key: key for key in ("messages", "system", "tools", "chosen", "rejected", "kto_tag")},
        **{f"{key}_column": key for key in ("prompt", "query", "response", "history")},
        **{f"{key}_tag": f"{key}_tag" for key in ("role", "content", "user", "assistant")},
        **{f"{key}_tag": f"{key}_tag" for key in ("observation", "function", "system")},
    }
)
"""Settings that describe the datasets, as the launcher that otplan replaces named them, and what
LLaMA-Factory's dataset_info.json calls them."""

OWN: Mapping[str, str] = MappingProxyType(
    {
        "model_name_or_path": "The model is the field `model`.",
        "dataset": "The datasets are the field `datasets`.",
        "dataset_dir": "The datasets are the field `datasets`.",
        "output_dir": "Checkpoints lie in the run folder, the model in its output.",
        "overwrite_output_dir": "Every attempt has an output folder of its own.",
        "resume_from_checkpoint": "Each start goes on from the last checkpoint; see `attempts`.",
        "tokenized_path": "Say `pretokenize: {}` instead.",
        **dict.fromkeys(
            ("push_to_hub", "push_to_db", "hub_model_id", "hub_token", "hub_private_repo"),
            "Publishing is a stage of its own.",
        ),
    }
)
"""Settings that otplan sets itself, and what is said instead. Files may have them still."""

_WATCHING = frozenset(
    (
        *("logging_steps", "logging_strategy", "logging_first_step", "logging_dir", "log_level"),
        *("report_to", "run_name", "disable_tqdm", "plot_loss", "include_num_input_tokens_seen"),
        *("save_steps", "save_strategy", "save_total_limit", "overwrite_cache", "ddp_timeout"),
        *("preprocessing_num_workers", "dataloader_num_workers", "dataloader_pin_memory"),
        "data_shared_file_system",
    )
)
"""Settings that say how a training is watched, kept and hurried: it makes the same."""

_LEARNING = frozenset(
    (
        *("learning_rate", "lr_scheduler_type", "lr_scheduler_kwargs", "warmup_ratio"),
        *("warmup_steps", "weight_decay", "adam_beta1", "adam_beta2", "adam_epsilon", "optim"),
        *("max_grad_norm", "num_train_epochs", "max_steps", "deepspeed", "fsdp", "fsdp_config"),
        *("bf16", "fp16", "gradient_checkpointing", "enable_liger_kernel", "flash_attn"),
    )
)
"""Settings that have no part in how datasets are tokenized; any other may have one."""

MEGATRON = "megatron"
"""The variant of a cluster that trains with Megatron's adapter."""

_SIGNALS = {"TORCHELASTIC_SIGNALS_TO_HANDLE": "SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1"}
"""Else torchrun ends by the warning before the time limit, and leaves its processes behind."""

_STARTERS = ("torchrun", "accelerate")
_BATCH = frozenset((GLOBAL, PER_DEVICE, ACCUMULATED))
_RECORDED = frozenset((GLOBAL, *DATA, *OWN))


def stages(resource: Resource, cluster: Cluster) -> tuple[Draft, ...]:
    """Return the stage that trains, after the one that tokenizes where it is declared."""
    settings = config(resource) or {}
    train = _train(resource, cluster, settings)
    if "pretokenize" not in resource.fields:
        return (train,)
    tokenized = Want("TOKENIZED", (resource.address,), "pretokenize")
    return (
        _tokenize(resource, settings, train),
        replace(train, wants=(tokenized, *train.wants)),
    )


def known(settings: Mapping[str, Value]) -> Iterator[str]:
    """Yield the settings that LLaMA-Factory itself must know."""
    return (key for key in settings if key not in _RECORDED)


def _train(resource: Resource, cluster: Cluster, settings: Mapping[str, Value]) -> Draft:
    made, many = batch(resource, settings), processes(resource) > 1
    written = {PER_DEVICE: made.per_device, ACCUMULATED: made.accumulated}
    own = {key: settings[key] for key in known(settings)} | written | dict(_reporting(resource))
    program = Program(
        argv=("train",),
        config=_handed_over(resource, settings, own),
        env=_env(resource),
        extra={"shown": made.words}
        | ({"launch": _launch(cluster)} if many else {})
        | ({VARIANT: MEGATRON} if settings.get("use_mca") is True else {}),
        tool=TOOL,
    )
    plain = draft(resource, cluster, "train")
    counted = {k: v for k, v in settings.items() if k not in _WATCHING | _BATCH and k not in OWN}
    return replace(
        plain,
        result=result(resource, "", counted) | {GLOBAL: made.size},
        script=declared(resource, "") | _watched(settings),
        program=program,
    )


def _tokenize(resource: Resource, settings: Mapping[str, Value], train: Draft) -> Draft:
    """Return the stage that tokenizes: on one node, with what `pretokenize` asks for instead."""
    fields = merge(resource.fields, resource.get("pretokenize"))
    kept = {key: value for key, value in fields.items() if key not in (GLOBAL, "outputs")}
    small = replace(resource, fields={**kept, "nodes": 1})
    counted = {key: value for key, value in settings.items() if key not in _LEARNING | _BATCH}
    made = {key: value for key, value in counted.items() if key not in _WATCHING | OWN.keys()}
    own = {key: counted[key] for key in known(counted)} | {"report_to": "none"}
    program = Program(("tokenize",), _handed_over(resource, settings, own), _env(resource))
    return replace(
        train,
        role="pretokenize",
        template="training.pretokenize",
        result=result(small, "", made),
        script=declared(small, "") | _watched(counted),
        program=replace(program, tool=TOOL),
        limits=limits(small),
        options=options(small),
        outputs=("tokenized",),
    )


def _handed_over(
    resource: Resource, settings: Mapping[str, Value], own: Mapping[str, Value]
) -> Mapping[str, Value]:
    """Return the configuration of the tool: see `templates/tools/train_llamafactory.py`."""
    datasets = [str(t) for r in resource.references if r.path == "datasets" for t in r.targets]
    return {
        "settings": own,
        "data": {DATA[key]: value for key, value in settings.items() if key in DATA},
        "format": resource.get("format", ""),
        "base": resource.get("model"),
        "datasets": datasets,
    }


def _reporting(resource: Resource) -> Mapping[str, Value]:
    """Return the settings that send a training's progress somewhere; nowhere by default."""
    reported = (config(resource) or {}).get("report_to", "none")
    reported = "wandb" if FIELD in resource.fields else reported
    return {"report_to": reported, "run_name": str(resource.address)}


def _env(resource: Resource) -> Mapping[str, str]:
    return {**open_field(resource, "model"), **_SIGNALS, **resource.get("env", {})}


def _launch(cluster: Cluster) -> str:
    """Return what starts the processes of a training on a cluster: what it is known for."""
    known_there = cluster.launchers or ()
    return next((one for one in known_there if one in _STARTERS), _STARTERS[0])


def _watched(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Return the leaves behind the job that make no other result."""
    return {
        path: leaf
        for key in sorted(_WATCHING & settings.keys())
        for path, leaf in leaves(settings[key], f"config.{escape(key)}")
    }
