"""The true quickstart, from `init` to its results."""

from pathlib import Path

import pytest

from tests.acceptance.lab import Lab

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Return the quickstart, written by `init` and applied."""
    lab = Lab(tmp_path_factory.mktemp("quickstart"))
    lab.prepare()
    lab("init", ".")
    lab.git("init", "-q")
    lab.commit()
    lab.apply()
    return lab


def test_a_second_plan_finds_nothing_to_do(quickstart: Lab) -> None:
    said = quickstart("plan", "manifest.yaml", "--detailed-exitcode")

    assert "No changes. 10 done." in said.out


def test_its_results_are_cut_nowhere_at_a_hundred_columns(quickstart: Lab) -> None:
    said = quickstart("results", "manifest.yaml", COLUMNS="100")

    assert "..." not in said.out
    assert "eval.completion[order=5]  consolidation.merged[order=5]" in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_the_larger_model_is_the_better_one(quickstart: Lab) -> None:
    rows = quickstart("results", "manifest.yaml", "--json").document["tables"]["evals"]
    bits = {
        row["address"]: row["values"]["metrics"]["bits_per_character"]
        for row in rows
        if row["values"]["benchmark"] == "heldout-bits"
    }

    assert bits["eval.bits[order=5]"] < bits["eval.bits[order=3]"]


def test_a_learning_parameter_reruns_its_training_and_what_is_below(quickstart: Lab) -> None:
    name = "quickstart/train.yaml"
    before = quickstart.read(name)
    quickstart.edit("discount: 0.75", "discount: 0.5", name)
    try:
        said = quickstart("plan", "manifest.yaml")
        planned = quickstart.plan()
    finally:
        quickstart.write(name, before)

    assert f"config.discount: 0.75 -> 0.5   ({name}:4)" in said.out
    assert len(planned) == 8
    assert not any(label.startswith("dataset.") for label in planned)


def test_a_lost_model_is_made_anew_with_what_needs_it(quickstart: Lab) -> None:
    model = quickstart.output("consolidation.merged[order=3]") / "model.json"
    model.unlink()

    shown = quickstart("plan", "manifest.yaml", "--refresh")
    quickstart("forget", "bits[order=3]", "-m", "manifest.yaml")
    quickstart.apply("--resubmit", "bits[order=3]")

    assert "lost, and nothing needs it" in shown.out
    remade = quickstart.output("consolidation.merged[order=3]") / "model.json"
    assert remade.exists()
    assert remade != model
    assert Path(quickstart.output("training.ngram[order=3]").parent).name == "attempt-1"
