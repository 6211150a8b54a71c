"""The tool that trains: what it writes for LLaMA-Factory, and what it refuses before it starts."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOL = Path(__file__).parents[2] / "templates" / "tools" / "train_llamafactory.py"
SHARED = {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}
CHAT = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
ALPACA = {"instruction": "a", "input": "", "output": "b"}


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("OTPLAN_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("OTPLAN_OUTPUT", str(tmp_path / "run" / "attempt-1" / "output"))
    monkeypatch.setenv("OTPLAN_MODEL", "org/model")
    monkeypatch.delenv("OTPLAN_INPUT_DATASETS", raising=False)
    spec = spec_from_file_location("train_llamafactory", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data(folder: Path, *rows: Any, name: str = "data.jsonl") -> str:  # noqa: ANN401 - JSON
    """Write a dataset of one file into a folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(folder)


def prepared(
    tool: ModuleType,
    folder: Path,
    **config: Any,  # noqa: ANN401 - JSON
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings that LLaMA-Factory is given, and its dataset_info.json."""
    settings = tool.prepare({"settings": {}, **config}, folder / "made")
    return settings, json.loads((folder / "made" / "dataset_info.json").read_text())


def test_the_first_row_shows_who_speaks(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [data(tmp_path / "shared", SHARED), data(tmp_path / "chat", CHAT)]
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", "\n".join(places))

    settings, info = prepared(tool, tmp_path)

    assert settings["dataset"] == "dataset-1,dataset-2"
    assert info["dataset-1"]["file_name"] == str(tmp_path / "shared" / "data.jsonl")
    assert info["dataset-1"]["columns"] == {"messages": "conversations"}
    assert info["dataset-1"]["tags"]["assistant_tag"] == "gpt"
    assert info["dataset-2"]["columns"] == {"messages": "messages"}
    assert info["dataset-2"]["tags"]["assistant_tag"] == "assistant"


def test_instructions_have_columns_and_no_tags(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", data(tmp_path / "d", ALPACA))

    _, info = prepared(tool, tmp_path)

    assert info["dataset-1"]["formatting"] == "alpaca"
    assert info["dataset-1"]["columns"]["response"] == "output"
    assert "tags" not in info["dataset-1"]


def test_tags_that_leave_no_turn_of_the_assistant_stop_the_job(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", data(tmp_path / "d", CHAT))

    with pytest.raises(SystemExit, match="`from` is never `gpt`"):
        prepared(tool, tmp_path, format="sharegpt")


def test_columns_of_no_known_form_stop_the_job(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", data(tmp_path / "d", {"text": "a"}))

    with pytest.raises(SystemExit, match="none of a known form"):
        prepared(tool, tmp_path)


def test_declared_tags_count_above_what_is_seen(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"turns": [{"who": "me", "value": "a"}, {"who": "bot", "value": "b"}]}
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", data(tmp_path / "d", row))
    told = {"messages": "turns", "role_tag": "who", "user_tag": "me", "assistant_tag": "bot"}

    _, info = prepared(tool, tmp_path, data=told)

    assert info["dataset-1"]["tags"]["role_tag"] == "who"
    assert info["dataset-1"]["tags"]["content_tag"] == "value"


def test_several_files_are_a_folder_of_links_in_order(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data(tmp_path / "d", SHARED, name="b.jsonl")
    data(tmp_path / "d", SHARED, name="a.jsonl")
    (tmp_path / "d" / "README.md").write_text("words")
    monkeypatch.setenv("OTPLAN_INPUT_DATASETS", str(tmp_path / "d"))

    _, info = prepared(tool, tmp_path)

    links = sorted(Path(info["dataset-1"]["file_name"]).iterdir())
    assert [link.resolve().name for link in links] == ["a.jsonl", "b.jsonl"]


def test_a_list_in_json_is_read_piece_by_piece(tool: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([SHARED, ALPACA, {"text": "x" * (3 << 20)}], indent=1))

    rows = list(tool.rows([path]))

    assert rows[:2] == [SHARED, ALPACA]
    assert len(rows[2]["text"]) == 3 << 20


def test_it_goes_on_from_the_last_checkpoint_that_is_whole(
    tool: ModuleType, tmp_path: Path
) -> None:
    checkpoints = tmp_path / "run" / "checkpoints"
    for step, names in ((4, ["trainer_state.json"]), (20, ["trainer_state.json"]), (30, [])):
        (checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        for name in names:
            (checkpoints / f"checkpoint-{step}" / name).touch()
    (checkpoints / "checkpoint-20" / "global_step20").mkdir()

    before, _ = prepared(tool, tmp_path)
    (checkpoints / "checkpoint-20" / "latest").touch()
    after, _ = prepared(tool, tmp_path)

    assert before["resume_from_checkpoint"] == str(checkpoints / "checkpoint-4")
    assert after["resume_from_checkpoint"] == str(checkpoints / "checkpoint-20")
    assert after["overwrite_output_dir"] is False


def test_it_begins_anew_where_no_checkpoint_is_whole(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoints" / "checkpoint-30").mkdir(parents=True)

    settings, _ = prepared(tool, tmp_path)

    assert "resume_from_checkpoint" not in settings
    assert settings["overwrite_output_dir"] is True


def test_deepspeed_is_told_by_a_file_and_null_takes_a_setting_away(
    tool: ModuleType, tmp_path: Path
) -> None:
    config = {"deepspeed": {"zero_optimization": {"stage": 3}}, "fsdp": None}

    settings, _ = prepared(tool, tmp_path, settings=config)

    assert json.loads(Path(settings["deepspeed"]).read_text()) == config["deepspeed"]
    assert "fsdp" not in settings
    assert settings["push_to_hub"] is False


def test_a_model_that_a_stage_made_is_its_folder(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m" / "model").mkdir(parents=True)
    (tmp_path / "m" / "model" / "config.json").touch()

    named, _ = prepared(tool, tmp_path)
    monkeypatch.setenv("OTPLAN_INPUT_MODEL", str(tmp_path / "m"))
    made, _ = prepared(tool, tmp_path)

    assert named["model_name_or_path"] == "org/model"
    assert made["model_name_or_path"] == str(tmp_path / "m" / "model")


def test_the_card_names_the_true_base_model(tool: ModuleType) -> None:
    card = tool.card({"base": "org/model", "datasets": ["dataset.d"], "settings": {"lr": 1}})

    assert card.startswith('---\nbase_model: "org/model"\n')
    assert "- lr: 1" in card


@pytest.mark.parametrize(
    ("resumed", "metrics"),
    [
        (False, {"epoch": 2.0, "train_loss": 1.0, "train_runtime": 9.0}),
        (True, {"epoch": 2.0, "train_loss": 3.5}),
    ],
)
def test_the_loss_of_a_training_that_went_on_is_that_of_all_its_starts(
    tool: ModuleType, tmp_path: Path, *, resumed: bool, metrics: dict[str, float]
) -> None:
    results = {"epoch": 2.0, "train_loss": 1.0, "train_runtime": 9.0}
    log = [{"step": 2, "loss": 5.0}, {"step": 8, "loss": 3.0}, {"step": 8, "train_loss": 1.0}]
    (tmp_path / "train_results.json").write_text(json.dumps(results))
    (tmp_path / "trainer_state.json").write_text(json.dumps({"log_history": log}))

    assert tool.measured(tmp_path, resumed=resumed) == metrics
