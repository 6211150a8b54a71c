"""Secrets of the environment and of the secrets file are in nothing that a whole run leaves."""

import pytest

from tests.acceptance.hub_lab import on_hub
from tests.acceptance.lab import Lab
from tests.acceptance.test_hub_publish import MANIFEST
from tests.services.hub.store import OWNER

CANARY = "canary-0451-of-the-secrets-file"


def test_no_secret_is_in_any_script_log_fact_plan_or_message_of_a_run(
    fresh: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_hub(fresh, monkeypatch) as store:
        secrets = fresh.root / "secrets.env"
        secrets.write_text(f"export CANARY={CANARY}\n")
        site = fresh.read("clusters/site.yaml")
        fresh.write("clusters/site.yaml", f"{site}secrets: {secrets}\n")
        fresh.make(MANIFEST)

        said = [
            fresh("plan", "manifest.yaml"),
            fresh.apply(),
            fresh("plan", "manifest.yaml", "--json"),
            fresh("why", "training.small/publish"),
            fresh("logs", "training.small/publish"),
            fresh("history"),
        ]
        fresh.settle()

        left = [path for path in fresh.root.rglob("*") if path.is_file() and path != secrets]
        told = [one for one in said for text in (OWNER, CANARY) if text in one.out + one.err]
        holding = [
            str(path)
            for path in left
            for text in (OWNER, CANARY)
            if text.encode() in path.read_bytes()
        ]
        sent = [
            name
            for name, content in store.repos["model", "my-org/small"].commits[-1].files.items()
            if OWNER.encode() in content or CANARY.encode() in content
        ]
        assert (told, holding, sent) == ([], [], [])
