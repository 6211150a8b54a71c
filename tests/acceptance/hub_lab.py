"""A project whose data and models are on a Hub of this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.lab import Lab
from tests.services.hub.server import running
from tests.services.hub.store import OWNER, Store


@contextmanager
def on_hub(lab: Lab, patch: pytest.MonkeyPatch, internet: str = "compute") -> Iterator[Store]:
    """Serve a Hub, and let the project's cluster `site` and its jobs speak to it."""
    store = Store()
    (lab.folder / "clusters").mkdir()
    site = {
        "scheduler": "local",
        "experiments_dir": str(lab.root / "site"),
        "python": sys.executable,
        "internet": internet,
    }
    lab.write("clusters/site.yaml", "".join(f"{k}: {v}\n" for k, v in site.items()))
    with running(store) as url:
        patch.setenv("HF_ENDPOINT", url)
        patch.setenv("HF_TOKEN", OWNER)
        # Its store of large files is another service, in another language.
        patch.setenv("HF_HUB_DISABLE_XET", "1")
        yield store
        lab.settle()
