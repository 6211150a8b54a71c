"""Secrets are in nothing that a whole run leaves on a real Slurm, nor in what Slurm stores."""

import sys

import pytest

from tests.acceptance.lab import Said
from tests.services.hub.server import running
from tests.services.hub.store import OWNER, Store
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

OF_THE_FILE = "canary-0451-of-the-secrets-file"
OF_THE_DATABASE = "canary-0452-of-the-database"
OF_THE_CALLER = "canary-0453-of-the-caller"
SECRETS = (OWNER, OF_THE_FILE, OF_THE_DATABASE, OF_THE_CALLER)
FILE = f"CANARY={OF_THE_FILE}\nSUPABASE_KEY={OF_THE_DATABASE}\nHF_TOKEN={OWNER}\n"

MANIFEST = """\
otplan: 1
workspace: canary
cluster: lab
defaults: {slurm: {time: "00:10:00"}}
datasets:
  seeds: {generate: {script: told.sh}}
trainings:
  small: {model: Qwen/Qwen3-8B, datasets: [seeds], script: told.sh, repo: my-org/small}
evals:
  known: {model: small, benchmark: known, script: told.sh}
"""
STAGES = ("dataset.seeds/generate", "training.small/train", "eval.known/evaluate")

# It says how long its secrets are, so that one knows which it was given.
STEP = """\
echo "lengths: ${#CANARY} ${#SUPABASE_KEY} ${#CALLER_TOKEN}"
mkdir "$OTPLAN_OUTPUT/model"
echo '{}' >"$OTPLAN_OUTPUT/model/config.json"
echo '{"loss": 1.5}' | tee "$OTPLAN_OUTPUT/data.jsonl" >"$OTPLAN_OUTPUT/metrics.json"
"""


def test_no_secret_is_in_anything_that_a_run_leaves(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, store = site.root / "secrets.env", Store()
    secrets.write_text(FILE)
    environment = {"CALLER_TOKEN": OF_THE_CALLER, "HF_TOKEN": OWNER, "HF_HUB_DISABLE_XET": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with running(store) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        site.write("told.sh", STEP)
        site.make(MANIFEST, python=sys.executable, secrets=str(secrets), internet="compute")

        said = [site("plan", "manifest.yaml"), site.submit()]
        site.until_all("done")
        said += asked(site)

    told = [*(one.out + one.err for one in said), *kept_by_slurm(site), *published(store)]
    left = [path for path in site.root.rglob("*") if path.is_file() and path != secrets]
    assert [text for text in told if _canary(text.encode())] == []
    assert [path for path in left if _canary(path.read_bytes())] == []
    assert [lengths(site, label) for label in STAGES] == [f"{len(OF_THE_FILE)} 0 0"] * 3


def asked(site: Site) -> list[Said]:
    """Return what commands say of the run."""
    at = ("-m", "manifest.yaml")
    stages = (*STAGES, "training.small/publish")
    return [
        site("sync", "manifest.yaml"),
        site("plan", "manifest.yaml", "--json"),
        site("status", *at, "--json"),
        site("results", "manifest.yaml", "--json"),
        site("history", "manifest.yaml"),
        *(site(verb, label, *at) for label in stages for verb in ("why", "logs")),
    ]


def kept_by_slurm(site: Site) -> list[str]:
    """Return what accounting stores of each job: its row, its script, and its environment."""
    names = list(site.records(4))
    rows = site.slurm("sacct", "-X", "-n", "-P", "-o", "JobID,JobName,Comment", "-S", "now-1hours")
    ids = [row.split("|")[0] for row in rows.splitlines() if row.split("|")[1] in names]
    scripts = [site.slurm("sacct", "-j", job, "--batch-script") for job in ids]
    environments = [site.slurm("sacct", "-j", job, "--env-vars") for job in ids]
    assert all("HF_ENDPOINT=" in text for text in environments)
    return [rows, *scripts, *environments]


def published(store: Store) -> list[str]:
    """Return what lies on the Hub."""
    files = store.repos["model", "my-org/small"].commits[-1].files
    return [content.decode() for content in files.values()]


def lengths(site: Site, label: str) -> str:
    """Return how long the secrets were that a stage was given."""
    log = (site.output(label).parent / "log").read_text()
    return log.partition("lengths: ")[2].partition("\n")[0]


def _canary(content: bytes) -> bool:
    return any(secret.encode() in content for secret in SECRETS)
