"""Train with LLaMA-Factory, or tokenize for it, as the configuration of a stage says.

Brought to a job by otplan and started once for each process of the training, by torchrun or
accelerate where there are several. `train` leaves the model in $OTPLAN_OUTPUT/model, `tokenize`
the tokenized datasets in $OTPLAN_OUTPUT/tokenized. What LLaMA-Factory reads is written beside
the configuration, by each process the same.

The configuration (JSON, $OTPLAN_CONFIG): `settings` are LLaMA-Factory's own, `data` describes the
datasets by the keys of its dataset_info.json, flat, and `format` names their usual form; where
neither says, their first rows do.
"""

import json
import os
import re
import shutil
import socket
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Dict, Iterator, List, NoReturn, Optional

Json = Dict[str, Any]

LOOKED_AT = 200
"""Rows of a dataset that are looked at before anything is loaded."""

ENDINGS = (".jsonl", ".json", ".parquet", ".csv", ".arrow", ".txt")
NO_DATA = ("dataset_info.json", "dataset_infos.json", "fetched.json", "metrics.json")

FORMATS = {
    "sharegpt": {
        "formatting": "sharegpt",
        "messages": "conversations",
        "role_tag": "from",
        "content_tag": "value",
        "user_tag": "human",
        "assistant_tag": "gpt",
        "observation_tag": "observation",
        "function_tag": "function_call",
        "system_tag": "system",
    },
    "chat": {
        "formatting": "sharegpt",
        "messages": "conversations",
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "observation_tag": "tool",
        "function_tag": "function_call",
        "system_tag": "system",
    },
    "alpaca": {
        "formatting": "alpaca",
        "prompt": "instruction",
        "query": "input",
        "response": "output",
    },
}
"""Forms of datasets, each with all it needs: LLaMA-Factory has no default for a tag left out."""

TOP = ("formatting", "ranking", "subset", "split", "folder", "num_samples")


def main(argv: List[str]) -> None:
    """Do what the only argument says: train or tokenize."""
    config = json.loads(Path(os.environ["OTPLAN_CONFIG"]).read_text(encoding="utf-8"))
    folder = Path(os.environ["OTPLAN_CONFIG"]).parent / "llamafactory"
    _settle_processes(config["settings"])
    settings = prepare(config, folder, tokenize=argv == ["tokenize"])
    if argv == ["tokenize"]:
        _tokenize(settings)
        return
    from llamafactory.train.tuner import run_exp

    run_exp(_adapted(settings))
    if os.environ["RANK"] == "0":
        _hand_over(config, settings)


def prepare(config: Json, folder: Path, *, tokenize: bool = False) -> Json:
    """Write what LLaMA-Factory reads into a folder; return the settings it is given."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {key: value for key, value in config["settings"].items() if value is not None}
    settings["model_name_or_path"] = _model()
    tokenized = os.environ.get("OTPLAN_INPUT_TOKENIZED", "")
    places = os.environ.get("OTPLAN_INPUT_DATASETS", "").splitlines()
    settings.update(_data(config, places, folder))
    # What was tokenized once is seen by every node: run folders lie on a file system of all.
    settings.setdefault("data_shared_file_system", True)
    if tokenize:
        settings["tokenized_path"] = str(Path(os.environ["OTPLAN_OUTPUT"], "tokenized"))
        settings.pop("deepspeed", None)
    elif tokenized:
        settings["tokenized_path"] = str(Path(tokenized, "tokenized"))
    if isinstance(settings.get("deepspeed"), dict):
        settings["deepspeed"] = _written(folder / "deepspeed.json", settings["deepspeed"])
    settings.update(_places())
    _written(folder / "training.json", settings)
    return settings


def _settle_processes(settings: Json) -> None:
    """Tell the one process of a plain start what torchrun tells the many it starts."""
    os.environ.setdefault("DISABLE_VERSION_CHECK", "1")
    if settings.get("use_cpu"):
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    if settings.get("use_mca"):
        os.environ["USE_MCA"] = "1"
    if "RANK" not in os.environ:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        alone = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1"}
        os.environ.update(alone, MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))


def _model() -> str:
    """Return the model to start from: what a stage made, or a name that the Hub knows."""
    made = os.environ.get("OTPLAN_INPUT_MODEL")
    if not made:
        return os.environ["OTPLAN_MODEL"]
    return next((str(path) for path in _models(Path(made))), made)


def _models(made: Path) -> Iterator[Path]:
    return (path for path in (made, made / "model") if (path / "config.json").is_file())


def _adapted(settings: Json) -> Json:
    """Return settings as the transformers here have them: 5 renamed what groups by length."""
    from transformers import TrainingArguments

    known = TrainingArguments.__dataclass_fields__
    adapted = dict(settings)
    if "group_by_length" not in known and adapted.pop("group_by_length", False):
        adapted["train_sampling_strategy"] = "group_by_length"
    return adapted


# --- datasets ---


def _data(config: Json, places: List[str], folder: Path) -> Json:
    """Write dataset_info.json over the datasets; return the settings that name it."""
    names = {}
    for number, place in enumerate(places, 1):
        name = f"dataset-{number}"
        files = _files(Path(place))
        described = _described(config, files)
        _check_turns(described, files)
        names[name] = {"file_name": _file_name(files, folder / name), **_nested(described)}
    _written(folder / "dataset_info.json", names)
    return {"dataset": ",".join(names), "dataset_dir": str(folder)}


def _files(place: Path) -> List[Path]:
    """Return the data files at a place: those of the ending that holds most, of `train` if any."""
    if place.is_file():
        return [place.resolve()]
    found = [path for path in sorted(place.rglob("*")) if _is_data(path, place)]
    if not found:
        sys.exit(f"otplan: there is no data in {place}: no file ends in {', '.join(ENDINGS)}")
    sizes = Counter()  # type: ignore[var-annotated]
    for path in found:
        sizes[path.suffix] += path.stat().st_size
    most = [path for path in found if path.suffix == sizes.most_common(1)[0][0]]
    train = [path for path in most if "train" in re.split("[^a-z]", path.stem.lower())]
    return train or most


def _is_data(path: Path, place: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
    return path.is_file() and not hidden and path.suffix in ENDINGS and path.name not in NO_DATA


def _file_name(files: List[Path], links: Path) -> str:
    """Return what dataset_info.json names: the only file, or a folder of links to all."""
    if len(files) == 1:
        return str(files[0])
    links.mkdir(exist_ok=True)
    for number, path in enumerate(files):
        link = links / f"{number:05d}{path.suffix}"
        if not link.is_symlink():
            temporary = links / f".{number}.{os.getpid()}"
            temporary.symlink_to(path)
            temporary.replace(link)
    return str(links)


def _described(config: Json, files: List[Path]) -> Json:
    """Return the keys of a dataset, flat: those of its format with the declared ones over them."""
    given = {key: value for key, value in config.get("data", {}).items() if value is not None}
    row = next(rows(files), {})
    turns = _turns_key(row)
    form = config.get("format") or given.get("formatting") or ("" if given else _seen(row, files))
    usual = dict(FORMATS.get(form, FORMATS["sharegpt"]))
    if turns and "messages" in usual:
        usual["messages"] = turns
    return dict(usual, **given)


def _seen(row: Json, files: List[Path]) -> str:
    """Return the format that the first row shows."""
    turns = _turns_key(row)
    if turns:
        return "chat" if "role" in row[turns][0] else "sharegpt"
    if {"instruction", "output"} <= set(row):
        return "alpaca"
    mend = "say `format`, or name its columns in the configuration"
    sys.exit(f"otplan: the columns {sorted(row)} of {files[0]} are none of a known form: {mend}")


def _turns_key(row: Json) -> str:
    for key, value in row.items():
        turn = value[0] if isinstance(value, list) and value else None
        if isinstance(turn, dict) and (
            {"role", "content"} <= set(turn) or {"from", "value"} <= set(turn)
        ):
            return key
    return ""


def _nested(described: Json) -> Json:
    """Return keys as dataset_info.json has them: `columns` and `tags` are mappings of their own."""
    entry = {key: value for key, value in described.items() if key in TOP}
    entry["tags"] = {key: value for key, value in described.items() if key.endswith("_tag")}
    rest = {k: v for k, v in described.items() if k not in TOP and not k.endswith("_tag")}
    entry["columns"] = {key: value for key, value in rest.items() if value not in ("", "none")}
    if entry["formatting"] == "alpaca":
        del entry["tags"]
    return entry


def _check_turns(described: Json, files: List[Path]) -> None:
    """Stop where no row has anything to learn: no turn of the assistant, or no answer."""
    if described["formatting"] == "alpaca":
        answers = [row.get(described["response"]) for row in islice(rows(files), LOOKED_AT)]
        if not any(answers):
            _refuse(files, f"has an answer: `{described['response']}` is empty or missing")
        return
    seen = Counter()  # type: ignore[var-annotated]
    for row in islice(rows(files), LOOKED_AT):
        turns = row.get(described["messages"]) or []
        seen.update(str(turn.get(described["role_tag"])) for turn in turns)
    if not seen[described["assistant_tag"]]:
        roles = ", ".join(f"`{role}`" for role, _ in seen.most_common()) or "none"
        what = f"`{described['role_tag']}` is never `{described['assistant_tag']}`"
        _refuse(files, f"has a turn of the assistant: {what}; there is {roles}")


def _refuse(files: List[Path], what: str) -> NoReturn:
    mend = "say `format`, or name its columns and tags in the configuration"
    sys.exit(f"otplan: none of the first {LOOKED_AT} rows of {files[0]} {what}: {mend}")


def rows(files: List[Path]) -> Iterator[Json]:
    """Yield the rows of data files that can be read without more than they need."""
    for path in files:
        if path.suffix == ".jsonl":
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line) for line in lines if line.strip())
        elif path.suffix == ".json":
            yield from _items(path)
        elif path.suffix == ".parquet":
            from pyarrow import parquet

            for batch in parquet.ParquetFile(path).iter_batches(batch_size=LOOKED_AT):
                yield from batch.to_pylist()
        else:
            from datasets import load_dataset

            kind = {".arrow": "arrow", ".csv": "csv"}.get(path.suffix, "text")
            yield from load_dataset(kind, data_files=[str(path)], split="train")


def _items(path: Path) -> Iterator[Json]:
    """Yield the items of a list in a JSON file, read piece by piece; or its lines."""
    decoder, rest = json.JSONDecoder(), ""
    with path.open(encoding="utf-8") as stream:
        while True:
            piece = stream.read(1 << 20)
            rest = (rest + piece).lstrip("[, \t\r\n")
            while rest and not rest.startswith("]"):
                try:
                    item, end = decoder.raw_decode(rest)
                except json.JSONDecodeError:
                    break
                yield item
                rest = rest[end:].lstrip(", \t\r\n")
            if not piece:
                return


# --- what is written ---


def _places() -> Json:
    """Return the settings that say where things go, and where to go on from."""
    checkpoints = Path(os.environ["OTPLAN_RUN_DIR"], "checkpoints")
    last = _last_complete(checkpoints)
    places = {
        "output_dir": str(checkpoints),
        # Else LLaMA-Factory goes on from the newest checkpoint, also where it is not whole.
        "overwrite_output_dir": last is None,
        "push_to_hub": False,
    }
    return dict(places, resume_from_checkpoint=str(last)) if last else places


def _last_complete(checkpoints: Path) -> Optional[Path]:
    """Return the newest checkpoint that was written to its end; None where there is none."""
    numbered = [p for p in checkpoints.glob("checkpoint-*") if p.name[11:].isdigit()]
    for path in sorted(numbered, key=lambda path: int(path.name[11:]), reverse=True):
        # The trainer writes its state last, and DeepSpeed the name of what is whole.
        sharded = any(path.glob("global_step*"))
        if (path / "trainer_state.json").is_file() and (not sharded or (path / "latest").is_file()):
            return path
    return None


def _tokenize(settings: Json) -> None:
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    model, data, training, finetuning, _ = get_train_args(dict(settings))
    modules = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(modules["tokenizer"], data)
    get_dataset(template, model, data, training, stage=finetuning.stage, **modules)


def _hand_over(config: Json, settings: Json) -> None:
    """Put the model, its card, its metrics and its shards where those who read it look."""
    checkpoints, output = Path(settings["output_dir"]), Path(os.environ["OTPLAN_OUTPUT"])
    model = output / "model"
    model.mkdir(parents=True, exist_ok=True)
    for path in sorted(checkpoints.iterdir()):
        if not path.name.startswith(("checkpoint-", "runs", "wandb")):
            os.replace(path, model / path.name)  # noqa: PTH105 - over a folder of an earlier start
    (model / "README.md").write_text(card(config), encoding="utf-8")
    if (model / "train_results.json").is_file():
        metrics = measured(model, resumed="resume_from_checkpoint" in settings)
        _written(output / "metrics.json", metrics)
    last = _last_complete(checkpoints)
    if last and any(last.glob("global_step*")):
        # Links take no room, and a checkpoint is never written again.
        shutil.copytree(last, output / "checkpoint", copy_function=_link)


def measured(model: Path, *, resumed: bool) -> Json:
    """Return what was measured, over all starts of a training.

    The trainer divides the losses of the last start by the steps of all, and all steps by the
    time of the last: the loss is then the log's, and there is no speed.
    """
    metrics: Json = json.loads((model / "train_results.json").read_text(encoding="utf-8"))
    if not resumed or not (model / "trainer_state.json").is_file():
        return metrics
    state = json.loads((model / "trainer_state.json").read_text(encoding="utf-8"))
    losses = {each["step"]: each["loss"] for each in state["log_history"] if "loss" in each}
    total, before = 0.0, 0
    for step in sorted(losses):
        # Each is the mean since the one before.
        total, before = total + losses[step] * (step - before), step
    kept = {key: value for key, value in metrics.items() if not key.startswith("train_")}
    return dict(kept, train_loss=total / before) if losses else kept


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def card(config: Json) -> str:
    """Return the model's card; its base is the model's name, never where it lay for the job."""
    told = {"base_model": config.get("base", ""), "tags": ["llama-factory", "otplan"]}
    head = "\n".join(f"{key}: {json.dumps(value)}" for key, value in told.items() if value)
    shown = {key: value for key, value in config["settings"].items() if value is not None}
    lines = "\n".join(f"- {key}: {json.dumps(value)}" for key, value in sorted(shown.items()))
    datasets = ", ".join(config.get("datasets", ()))
    return (
        f"---\n{head}\n---\n\nTrained with LLaMA-Factory from {config.get('base', '')}"
        f" on {datasets}.\n\n## Settings\n\n{lines}\n"
    )


def _written(path: Path, value: Json) -> str:
    """Write JSON whole, since the processes of a training all do; return its path."""
    temporary = path.with_name(f".{path.name}.{os.environ.get('RANK', '0')}.{os.getpid()}")
    temporary.write_text(json.dumps(value, indent=2, sort_keys=True), encoding="utf-8")
    temporary.replace(path)
    return str(path)


if __name__ == "__main__":
    main(sys.argv[1:])
