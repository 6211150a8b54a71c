"""Presets: a name in a file's place, its values over those of its base, and its line."""

from pathlib import Path

import pytest

from otplan.load import presets
from tests.load.build import loaded, said, sound

TRAINING = """
    datasets:
      d: {{source: {{path: program.py}}}}
    trainings:
      t: {{model: m, datasets: [d], script: program.py, config: {}, overrides: {{bf16: false}}}}
"""


def test_a_bare_name_is_a_preset_and_has_the_values_of_its_base(tmp_path: Path) -> None:
    resource = sound(tmp_path, TRAINING.format("qwen3/32k_base"))["training.t"]

    file = resource.files["config"]

    assert file.preset
    assert file.values["global_batch_size"] == 16, "its own"
    assert file.values["model_name_or_path"] == "Qwen/Qwen3-8B", "of its base"
    assert file.values["deepspeed"]["zero_optimization"]["stage"] == 3


def test_a_setting_of_a_preset_stands_in_its_table(tmp_path: Path) -> None:
    resource = sound(tmp_path, TRAINING.format("qwen3/32k_base"))["training.t"]

    table = Path(resource.where("config.adam_beta2").path)

    assert table.parts[-3:] == ("schema", "presets", "llamafactory.yaml")
    line = table.read_text().splitlines()[resource.where("config.adam_beta2").line - 1]
    assert "adam_beta2: 0.98" in line
    assert resource.where("config.bf16").path.endswith("manifest.yaml"), "it is overridden"


def test_a_name_with_a_file_s_ending_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("bf16: true\n")

    resource = sound(tmp_path, TRAINING.format("own.yaml"))["training.t"]

    assert not resource.files["config"].preset
    assert resource.files["config"].values == {"bf16": True}


def test_a_misspelt_preset_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    result = loaded(tmp_path, TRAINING.format("qwen3/32k_bass"))

    assert [line.split(" ", 1)[1] for line in said(result)] == [
        "OT404 There is no preset `qwen3/32k_bass` of the family `llamafactory`."
    ]
    assert result.diagnostics[0].help == (
        "Did you mean `qwen3/32k_base`? A file's name ends in .yaml or .json."
    )


def test_a_preset_is_no_file_that_the_code_needs(tmp_path: Path) -> None:
    result = loaded(tmp_path, TRAINING.format("qwen3/32k_base"))

    assert [file.path for file in result.files] == ["program.py"]


def test_the_launcher_s_29_presets_of_llama_factory_are_there() -> None:
    assert len(presets.family("llamafactory")) == 29


def test_the_launcher_s_43_engines_and_40_harbor_jobs_are_there() -> None:
    assert len(presets.family("engine")) == 43
    assert len(presets.family("harbor")) == 40


@pytest.mark.parametrize("trials", [48, 64])
def test_the_two_that_were_swapped_upstream_run_what_their_names_say(trials: int) -> None:
    values = presets.preset("harbor", f"trace_{trials}concurrency_ctx32k").values

    assert values["n_concurrent_trials"] == trials
