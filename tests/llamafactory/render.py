"""Write what each preset of LLaMA-Factory, and each training of the examples, is rendered to.

    python tests/llamafactory/render.py FOLDER

`./dev check-presets` does it, and lets LLaMA-Factory's own parser read them (parse.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from otplan import shipped
from otplan.kinds import training
from otplan.load import presets
from otplan.load.manifest import load
from tests.kinds.build import CLUSTER, refers, resource

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"


def main() -> None:
    """Write a folder for each, as a job would."""
    folder, tool = Path(sys.argv[1]), _tool()
    for name, config in [*_presets(), *_examples()]:
        run = folder / name.replace("/", "__")
        os.environ |= {"OTPLAN_RUN_DIR": str(run), "OTPLAN_OUTPUT": str(run / "output")}
        os.environ |= {"OTPLAN_MODEL": config["base"], "OTPLAN_INPUT_DATASETS": ""}
        tool.prepare(config, run)
    print(len(list(folder.iterdir())), "rendered")  # noqa: T201 - a script


def _presets() -> Iterator[tuple[str, Any]]:
    for name in presets.family("llamafactory"):
        file = presets.preset("llamafactory", name)
        fields = {"launcher": "llamafactory", "model": file.values["model_name_or_path"]}
        one = resource(
            "training.t",
            {**fields, "datasets": ["d"], "config": name, "nodes": 16, "gpus": 1},
            files={"config": file},
            references=(refers("datasets", "dataset.d"),),
        )
        yield name, training.stages(one, CLUSTER)[-1].program.config


def _examples() -> Iterator[tuple[str, Any]]:
    for path in sorted(EXAMPLES.glob("*.yaml")):
        for one in load(str(path)).resources:
            if one.get("launcher") == "llamafactory":
                *_, made = training.stages(one, CLUSTER)
                yield f"{path.stem}-{one.address.name}", made.program.config


def _tool() -> Any:  # noqa: ANN401 - a module
    path = shipped.folder("templates") / "tools" / "train_llamafactory.py"
    spec = spec_from_file_location("train_llamafactory", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
