"""Who takes more memory than it asked for is told so, and is not started again with as much."""

import pytest

from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

MANIFEST = """\
otplan: 1
workspace: memory
cluster: lab
scripts:
  work: {{script: {script}, memory: {memory}, attempts: 5, slurm: {{time: "00:10:00"}}}}
"""

# A new block every twentieth of a second, so that the lab sees it grow (it looks each second).
EAT = """\
import time
held = []
for _ in range(100):
    held.append(bytearray(b"x") * (10 << 20))
    time.sleep(0.05)
"""
STEP = 'srun --mem=100M python3 "$OTPLAN_CODE/eat.py"\n'


def begin(site: Site, script: str, memory: str) -> None:
    """Apply a project whose one step takes up to a gigabyte."""
    site.write("eat.py", EAT)
    site.write("bounded.sh", STEP)
    text = MANIFEST.format(script=script, memory=memory)
    site.make(f"{text}code: [eat.py, bounded.sh]\n")
    site.submit()
    site.until("script.work/run", "failed")


@pytest.mark.parametrize(("script", "memory"), [("eat.py", "200M"), ("bounded.sh", "400M")])
def test_it_is_started_once_and_told_to_ask_for_more(site: Site, script: str, memory: str) -> None:
    begin(site, script, memory)
    site("sync", "manifest.yaml")

    told = site("why", "script.work", "-m", "manifest.yaml").out
    starts = site("why", "script.work", "-m", "manifest.yaml", "--json").document

    (attempt,) = starts["stages"][0]["explanation"]["attempts"]
    assert attempt["how"] == "killed"
    assert site.change("script.work/run")["action"] == "blocked"
    assert site.records(1).popitem()[1] == ["FAILED"]
    assert "it needed more memory than it asked for" in told
