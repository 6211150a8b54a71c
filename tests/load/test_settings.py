"""Settings of LLaMA-Factory against what its parser knows: names, types, and exceptions."""

from pathlib import Path

import pytest

from otplan.load import presets
from tests.load.build import loaded, said, sound

TRAINING = """
    datasets:
      d: {{source: {{path: program.py}}}}
    trainings:
      t: {{launcher: llamafactory, model: m, datasets: [d], overrides: {{{}}}}}
"""


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("cutoff_len: 16384", ""),
        ("learning_rate: 1", ""),
        ("sequence_parallel_size: 4", ""),
        ("role_tag: role", ""),
        ("deepspeed: null", ""),
        ("cutof_len: 3", "OT405 LLaMA-Factory 0.9.5 has no setting `cutof_len`."),
        ("bf16: 'true'", "OT406 `bf16` takes true or false; this is the text `true`."),
        (
            "cutoff_len: '16384'",
            "OT406 `cutoff_len` takes a whole number; this is the text `16384`.",
        ),
        ("cutoff_len: true", "OT406 `cutoff_len` takes a whole number; this is the word `true`."),
        ("stage: stf", "OT406 `stage` cannot be `stf`."),
    ],
)
def test_a_setting_is_one_that_llama_factory_takes(
    setting: str, expected: str, tmp_path: Path
) -> None:
    result = loaded(tmp_path, TRAINING.format(setting))

    assert [line.split(" ", 1)[1] for line in said(result)] == ([expected] if expected else [])


@pytest.mark.parametrize("name", presets.family("llamafactory"))
def test_every_preset_has_settings_that_are_known(name: str, tmp_path: Path) -> None:
    body = TRAINING.replace("overrides: {{{}}}", f"config: {name}").replace("{{", "{")

    training = sound(tmp_path, body.replace("}}", "}"))["training.t"]

    assert training.files["config"].preset
