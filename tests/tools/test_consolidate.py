"""The tool that puts shards together: what it finds, what it copies, and what it does not believe.

What DeepSpeed does is tried by `./dev demo-sft`, which has it.
"""

import json
import struct
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOL = Path(__file__).parents[2] / "templates" / "tools" / "consolidate.py"


@pytest.fixture
def tool() -> ModuleType:
    spec = spec_from_file_location("consolidate", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checkpoint(folder: Path, tag: str = "global_step3") -> Path:
    """Make a folder look like a ZeRO checkpoint."""
    (folder / tag).mkdir(parents=True)
    (folder / tag / "zero_pp_rank_0_mp_rank_00_optim_states.pt").touch()
    (folder / "latest").write_text(tag)
    return folder


def tensors(path: Path, cut: int = 0, dtype: str = "F32", **shapes: list[int]) -> None:
    """Write a file of safetensors with these shapes, and a number of bytes cut off."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * shape[1]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end - cut))


@pytest.mark.parametrize("below", ["", "checkpoint", "model", "checkpoint-30"])
def test_shards_are_found_where_trainings_leave_them(
    below: str, tool: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "checkpoint-4").mkdir()
    made = checkpoint(tmp_path / below)

    assert tool.shards(tmp_path) == (made, "global_step3")


def test_the_newest_checkpoint_that_is_whole_counts(tool: ModuleType, tmp_path: Path) -> None:
    checkpoint(tmp_path / "checkpoint-4")
    made = checkpoint(tmp_path / "checkpoint-20")
    (checkpoint(tmp_path / "checkpoint-30") / "latest").unlink()

    assert tool.shards(tmp_path)[0] == made


def test_whole_weights_are_told_from_nothing(tool: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no ZeRO shards in"):
        tool.shards(tmp_path)

    (tmp_path / "model.safetensors").touch()

    with pytest.raises(SystemExit, match="whole weights and no ZeRO shards"):
        tool.shards(tmp_path)


def test_what_makes_a_model_is_copied_and_what_is_of_the_training_is_not(
    tool: ModuleType, tmp_path: Path
) -> None:
    model, shards, base = (tmp_path / name for name in ("model", "shards", "base"))
    for folder in (model, shards, base):
        folder.mkdir()
    (shards / "config.json").write_text('{"torch_dtype": "bfloat16", "hidden_size": 8}')
    (shards / "trainer_state.json").write_text("{}")
    (shards / "training_args.bin").touch()
    (base / "config.json").write_text('{"hidden_size": 9}')
    (base / "tokenizer.json").write_text("{}")

    tool.complete(model, [shards, base])

    assert sorted(path.name for path in model.iterdir()) == ["config.json", "tokenizer.json"]
    config = json.loads((model / "config.json").read_text())
    assert config == {"hidden_size": 8, "torch_dtype": "float32"}


def test_weights_without_a_configuration_are_no_model(tool: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="name the model it began from with `base`"):
        tool.complete(tmp_path, [])


def test_what_was_written_is_counted(tool: ModuleType, tmp_path: Path) -> None:
    tensors(tmp_path / "model.safetensors", a=[2, 3], b=[4, 1])

    numbers = tool.verified(tmp_path, {"a": (2, 3), "b": (4, 1)})

    assert (numbers["tensors"], numbers["parameters"]) == (2, 10)
    assert numbers["bytes"] == (tmp_path / "model.safetensors").stat().st_size


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ({"a": (2, 3), "gone": (1, 1)}, {}),
        ({"a": (3, 2)}, {}),
        ({"a": (2, 3)}, {"cut": 4}),
        ({"a": (2, 3)}, {"dtype": "BF16"}),
    ],
)
def test_what_is_missing_cut_or_other_is_not_believed(
    expected: dict[str, tuple[int, ...]],
    written: dict[str, Any],
    tool: ModuleType,
    tmp_path: Path,
) -> None:
    tensors(tmp_path / "model.safetensors", a=[2, 3], **written)

    with pytest.raises(SystemExit, match="otplan: "):
        tool.verified(tmp_path, expected)
