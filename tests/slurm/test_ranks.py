"""LLaMA-Factory's processes on two nodes, started for real: they meet, and train together.

They need the Python of `./dev demo-sft`, and are left out where nobody installed it.
"""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.home_guard import ROOT
from tests.slurm.site import Site

PYTHON = ROOT / ".cache" / "llamafactory" / "bin" / "python"

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PYTHON.exists(), reason="./dev demo-sft installs LLaMA-Factory"),
]

# DeepSpeed knows no two processes on a CPU; torch does (gloo).
MANIFEST = """\
otplan: 1
workspace: ranks
cluster: lab
defaults: {slurm: {time: "00:30:00"}, scripts: {memory: 4G}, trainings: {memory: 4G}}
datasets:
  pairs: {generate: {script: pairs.sh}}
scripts:
  blank: {script: model.py, outputs: [model]}
trainings:
  sft:
    launcher: llamafactory
    model: script.blank
    datasets: [pairs]
    config: qwen2_5/32k_base
    overrides:
      use_cpu: true
      ddp_backend: gloo
      deepspeed: null
      bf16: false
      flash_attn: auto
      enable_liger_kernel: false
      optim: adamw_torch
      cutoff_len: 64
      max_steps: 2
      preprocessing_num_workers: 1
    global_batch_size: 8
    nodes: 2
"""
PAIRS = """\
for n in 1 2 3 4 5 6 7 8; do
    echo '{"conversations": [{"from": "human", "value": "'$n'"}, {"from": "gpt", "value": "1"}]}'
done >"$OTPLAN_OUTPUT/data.jsonl"
"""
CLUSTER = {
    "python": str(PYTHON),
    "env": json.dumps({"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}),
    # The lab's nodes are all this host, and nobody knows it by their names.
    "prepare": '["scontrol() { echo localhost; }"]',
}


@pytest.mark.parametrize("launcher", ["torchrun", "accelerate"])
def test_one_process_on_each_of_two_nodes_trains_on_half_of_a_batch(
    site: Site, launcher: str
) -> None:
    site.write("pairs.sh", PAIRS)
    shutil.copy(EXAMPLES / "tiny-sft" / "model.py", site.folder)
    site.make(MANIFEST, **CLUSTER, launchers=f"[{launcher}]")

    site.submit()
    site.until("training.sft/train", "done", "failed", "stuck", patience=800)

    assert site.states()["training.sft/train"] == "done", site.told()
    log = _log(site)
    met = sorted(re.findall(r"Process rank: (\d), world size: (\d)", log))
    assert met == [("0", "2"), ("1", "2")]
    assert re.findall(r"Total train batch size .* = (\d+)", log) == ["8", "8"]
    assert (site.output("training.sft/train") / "model" / "model.safetensors").exists()


def _log(site: Site) -> str:
    (attempt,) = site.root.glob("experiments/ranks/training.sft.train.*/attempt-1")
    return Path(attempt, "log").read_text(errors="replace")
