"""The token for the Hub: from the environment, a login, or the file of secrets that jobs have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from otplan.core.cluster import Cluster
from otplan.errors import OtplanError
from otplan.shell.protocol import Shell

_LINE = re.compile(rb"^\s*(?:export\s+)?HF_TOKEN=[\"']?(?P<token>[\w-]+)[\"']?\s*$", re.MULTILINE)


def token(clusters: Mapping[str, Cluster], shells: Mapping[str, Shell]) -> str:
    """Return the token to ask the Hub with; empty where there is none to be found.

    That of the environment or of `hf auth login` comes first, then that of the first cluster's
    file of secrets that has one.
    """
    from huggingface_hub import get_token

    own = get_token()
    if own:
        return own
    for name, cluster in sorted(clusters.items()):
        if cluster.secrets:
            with suppress(OtplanError):
                content = shells[name].read([cluster.secrets])[cluster.secrets] or b""
                if found := _LINE.search(content):
                    return found["token"].decode()
    return ""
