"""Tokens and keys: from the environment, a login, or the file of secrets that jobs have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from otplan.core.cluster import Cluster
from otplan.errors import OtplanError
from otplan.shell.protocol import Shell

_LINE = rb"""^[ \t]*(?:export[ \t]+)?%s=(["']?)(?P<token>[\w-]+)\1(?=[\s;]|$)"""


def token(clusters: Mapping[str, Cluster], shells: Mapping[str, Shell]) -> str:
    """Return the token to ask the Hub with; empty where there is none to be found.

    That of the environment or of `hf auth login` comes first, then that of the first cluster's
    file of secrets that has one.
    """
    from huggingface_hub import get_token

    return get_token() or secret("HF_TOKEN", clusters, shells)


def secret(variable: str, clusters: Mapping[str, Cluster], shells: Mapping[str, Shell]) -> str:
    """Return what the first cluster's file of secrets that sets a variable sets it to, or nothing.

    A file that cannot be read says nothing.
    """
    line = re.compile(_LINE % variable.encode(), re.MULTILINE)
    for name, cluster in sorted(clusters.items()):
        if cluster.secrets:
            with suppress(OtplanError):
                content = shells[name].read([cluster.secrets])[cluster.secrets] or b""
                if found := line.search(content):
                    return found["token"].decode()
    return ""
