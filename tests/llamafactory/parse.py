"""Let LLaMA-Factory's own parser read rendered training files; run by its environment.

    python tests/llamafactory/parse.py FOLDER schema/llamafactory/others.yaml

Settings that only its fork or other releases know, as others.yaml lists them, are left out first,
and told. What a GPU is asked for (bf16, FlashAttention) is parsed, and not asked of this machine.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml


def main() -> int:
    """Parse every file; return 1 where one is refused."""
    from llamafactory.hparams import parser  # type: ignore[import-not-found]
    from transformers import HfArgumentParser  # type: ignore[import-not-found]

    others = yaml.safe_load(Path(sys.argv[2]).read_text(encoding="utf-8"))
    fields = HfArgumentParser(parser._TRAIN_ARGS)  # noqa: SLF001 - what it is made of
    refused = 0
    for path in sorted(Path(sys.argv[1]).glob("*/training.json")):
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {name for part in fields.dataclass_types for name in part.__dataclass_fields__}
        left = sorted(key for key in settings if key in others and key not in known)
        asked = {key: value for key, value in settings.items() if key not in left}
        try:
            fields.parse_dict({**asked, "use_cpu": True})
        except Exception as error:  # noqa: BLE001 - whatever it says is the finding
            refused += 1
            verdict = f"REFUSED: {error}"
        else:
            verdict = f"accepted{', without ' + ', '.join(left) if left else ''}"
        print(f"{path.parent.name:<45} {len(asked):>3} settings  {verdict}")  # noqa: T201
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
