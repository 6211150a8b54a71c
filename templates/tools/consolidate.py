"""Put the ZeRO shards of a DeepSpeed training together: one model in FP32, as safetensors.

It reads $OTPLAN_INPUT_TRAINING (a training's output, a checkpoint, or a folder of checkpoints) and
leaves $OTPLAN_OUTPUT/model. What makes weights a model (configuration, tokenizer, card) comes from
beside the shards, else from the base: $OTPLAN_INPUT_BASE, or $OTPLAN_BASE on the Hub. It needs
torch, deepspeed and huggingface_hub, reads only, and looks at what it wrote before it is done.
"""

import json
import os
import shutil
import struct
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

Shapes = Dict[str, Tuple[int, ...]]

BESIDE = ("*.json", "*.jsonl", "*.jinja", "*.model", "merges.txt", "*.tiktoken", "README.md")
"""Files that make weights a model; in none of them is a weight."""

OF_THE_TRAINING = ("trainer_*", "*results.json", "metrics.json", "fetched.json", "*.index.json")

MOST = "5GB"
"""The largest file of weights, as Hugging Face's own models have them."""


def main() -> None:
    """Do it, and say what came of it."""
    given = Path(os.environ["OTPLAN_INPUT_TRAINING"])
    model = Path(os.environ["OTPLAN_OUTPUT"], "model")
    model.mkdir(parents=True, exist_ok=True)
    checkpoint, tag = shards(given)
    print(f"putting together {checkpoint / tag}", flush=True)
    weights = gathered(checkpoint, tag)
    expected = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    saved(weights, model)
    copied = complete(model, [checkpoint, *_beside(given), *_base()])
    numbers = verified(model, expected)
    _write(Path(os.environ["OTPLAN_OUTPUT"], "metrics.json"), numbers)
    print(f"{numbers['parameters']:,} parameters, {numbers['bytes']:,} bytes; copied {copied}")


def shards(given: Path) -> Tuple[Path, str]:
    """Return the newest checkpoint at a place that has ZeRO shards, and its tag."""
    for folder in (given, given / "checkpoint", given / "model", *_checkpoints(given)):
        tag = _tag(folder)
        if tag:
            return folder, tag
    if list(given.rglob("*.safetensors")):
        sys.exit(f"otplan: {given} has whole weights and no ZeRO shards: read it as it is")
    sys.exit(f"otplan: there are no ZeRO shards in {given}")


def _checkpoints(given: Path) -> List[Path]:
    numbered = [path for path in given.glob("checkpoint-*") if path.name[11:].isdigit()]
    return sorted(numbered, key=lambda path: int(path.name[11:]), reverse=True)


def _tag(folder: Path) -> str:
    """Return the tag of the shards in a folder, as DeepSpeed says it; empty without any."""
    latest = folder / "latest"
    tag = latest.read_text(encoding="utf-8").strip() if latest.is_file() else ""
    return tag if tag and any((folder / tag).glob("*_optim_states.pt")) else ""


def gathered(checkpoint: Path, tag: str) -> Dict[str, Any]:
    """Return every weight in FP32, by name."""
    import torch

    if not torch.cuda.is_available():
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint

    found: Dict[str, Any] = get_fp32_state_dict_from_zero_checkpoint(str(checkpoint), tag)
    return {name: tensor.to(torch.float32).contiguous() for name, tensor in found.items()}


def saved(weights: Dict[str, Any], model: Path) -> None:
    """Write weights as safetensors, in several files with an index where they are large."""
    from huggingface_hub import save_torch_state_dict

    save_torch_state_dict(weights, str(model), max_shard_size=MOST)
    mask = os.umask(0)
    os.umask(mask)
    for path in model.glob("*.safetensors"):
        path.chmod(0o666 & ~mask)  # It writes them for the owner alone.


def complete(model: Path, places: List[Path]) -> int:
    """Copy what makes weights a model from the first place that has each file; return how many."""
    copied = 0
    for place in places:
        for path in sorted(p for pattern in BESIDE for p in place.glob(pattern)):
            aside = any(path.match(pattern) for pattern in OF_THE_TRAINING)
            if not aside and not (model / path.name).exists():
                shutil.copyfile(str(path), str(model / path.name))
                copied += 1
    if not (model / "config.json").is_file():
        sys.exit("otplan: nobody brings a config.json: name the model it began from with `base`")
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    kept = {k: v for k, v in config.items() if k not in ("dtype", "torch_dtype")}
    _write(model / "config.json", dict(kept, torch_dtype="float32"))
    return copied


def _beside(given: Path) -> List[Path]:
    return [path for path in (given / "model", given) if path.is_dir()]


def _base() -> Iterator[Path]:
    """Yield where the base model's files are; brought from the Hub where it is a name there."""
    made = os.environ.get("OTPLAN_INPUT_BASE", "")
    name = os.environ.get("OTPLAN_BASE", "")
    if made:
        yield from _beside(Path(made))
    elif name:
        from huggingface_hub import snapshot_download

        yield Path(snapshot_download(name, allow_patterns=list(BESIDE)))


# --- looking at it ---


def verified(model: Path, expected: Shapes) -> Dict[str, int]:
    """Return how much was written; stop where a tensor is missing, of another shape, or cut."""
    found: Shapes = {}
    size = 0
    for path in sorted(model.glob("*.safetensors")):
        found.update(_tensors(path))
        size += path.stat().st_size
    wrong = [name for name, shape in found.items() if expected.get(name) != shape]
    # Of tensors that share their memory one is written, under the name that loading asks for.
    missing = [name for name in expected if name not in found and not _twin(name, found, model)]
    if wrong or missing or not found:
        told = ", ".join([*wrong, *missing][:5]) or "everything"
        sys.exit(f"otplan: what was written is not what was read: {told}")
    parameters = 0
    for shape in found.values():
        count = 1
        for side in shape:
            count *= side
        parameters += count
    return {"tensors": len(found), "parameters": parameters, "bytes": size}


def _twin(name: str, found: Shapes, model: Path) -> Optional[str]:
    """Return the tensor that is written in place of one that shares its memory."""
    for path in model.glob("*.safetensors"):
        twin = _header(path).get("__metadata__", {}).get(name)
        if twin in found:
            return str(twin)
    return None


def _tensors(path: Path) -> Iterator[Tuple[str, Tuple[int, ...]]]:
    """Yield name and shape of the tensors of a file, which must be FP32 and whole.

    The form is that of safetensors: eight bytes of length, a header in JSON, and the data.
    """
    header = _header(path)
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    start = path.stat().st_size - end
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        count = 1
        for side in entry["shape"]:
            count *= side
        if entry["dtype"] != "F32" or last - first != 4 * count or start != 8 + _length(path):
            sys.exit(f"otplan: {path} is not whole, or not FP32, at {name}")
        yield name, tuple(entry["shape"])


def _header(path: Path) -> Dict[str, Any]:
    length = _length(path)
    with path.open("rb") as stream:
        stream.seek(8)
        header: Dict[str, Any] = json.loads(stream.read(length))
    return header


def _length(path: Path) -> int:
    with path.open("rb") as stream:
        return int(struct.unpack("<Q", stream.read(8))[0])


def _write(path: Path, value: Dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
