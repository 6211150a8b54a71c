"""Measure how well a model foresees the answers of held-out conversations, in bits a byte."""

import json
import math
import os
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LONGEST = 256


def main() -> None:
    """Write metrics.json: bits for each byte of the answers, and what it was measured on."""
    folder = Path(os.environ["OTPLAN_INPUT_MODEL"], "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    heldout = Path(os.environ["OTPLAN_INPUT_HELDOUT"], "data.jsonl")
    rows = [json.loads(line) for line in heldout.read_text(encoding="utf-8").splitlines()]
    nats, size = 0.0, 0
    for row in rows:
        asked, answer = (turn["value"] for turn in row["conversations"])
        prompt = f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n"
        before = tokenizer(prompt)["input_ids"][-LONGEST // 2 :]
        after = tokenizer(answer)["input_ids"][: LONGEST // 2]
        ids = torch.tensor([before + after])
        labels = torch.tensor([[-100] * len(before) + after])
        with torch.no_grad():
            nats += model(input_ids=ids, labels=labels).loss.item() * len(after)
        size += len(tokenizer.decode(after).encode())
    metrics = {"bits_per_byte": round(nats / math.log(2) / size, 4), "rows": len(rows)}
    metrics["dtype"] = str(model.dtype)
    Path(os.environ["OTPLAN_OUTPUT"], "metrics.json").write_text(json.dumps(metrics))
    print(metrics)


if __name__ == "__main__":
    main()
