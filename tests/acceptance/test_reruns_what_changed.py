"""A change that counts reruns what it touches and what is below, and says which line did it."""

from tests.acceptance.lab import Lab

LEARNT = {
    f"{kind}[order={order}]/{role}": "submit"
    for order in (3, 5)
    for kind, role in (
        ("training.ngram", "train"),
        ("consolidation.merged", "consolidate"),
        ("eval.bits", "evaluate"),
    )
}
STEPS = [f"{step}-{order}" for step in ("bits", "merge", "train") for order in (3, 5)]


def test_a_parameter_in_the_config_file_resubmits_its_training_and_all_below(lab: Lab) -> None:
    lab.edit("smoothing: 0.5", "smoothing: 0.25", "train.yaml")

    planned = lab.plan()
    said = lab("plan", "manifest.yaml")
    lab.apply()

    assert planned == LEARNT
    assert "config.smoothing: 0.5 -> 0.25   (train.yaml:2)" in said.out
    assert lab.ran() == STEPS
    assert lab("plan", "manifest.yaml", "--detailed-exitcode").out.endswith("No changes. 9 done.\n")


def test_a_stage_below_a_change_names_the_line_that_began_it(lab: Lab) -> None:
    lab.edit("smoothing: 0.5", "smoothing: 0.25", "train.yaml")

    said = lab("plan", "manifest.yaml", COLUMNS="200")

    block = said.out.partition("+ eval.bits[order=3]/evaluate")[2].partition("\n\n")[0]
    assert "because consolidation.merged[order=3]/consolidate" in block
    assert "that because training.ngram[order=3]/train" in block
    assert "train.yaml:2" in block


def test_a_parameter_in_overrides_resubmits_its_training_and_all_below(lab: Lab) -> None:
    lab.edit(
        'overrides: {order: "${matrix.order}"}', 'overrides: {order: "${matrix.order}", seed: 2}'
    )
    line = 1 + lab.read().splitlines().index('    overrides: {order: "${matrix.order}", seed: 2}')

    planned = lab.plan()
    said = lab("plan", "manifest.yaml")

    assert planned == LEARNT
    assert f"config.seed: 1 -> 2   (manifest.yaml:{line})" in said.out


def test_a_parameter_of_a_dataset_resubmits_all_that_reads_it(lab: Lab) -> None:
    said = lab("plan", "manifest.yaml", "--var", "limit=20")

    assert "args.limit: 10 -> 20   (manifest.yaml:16)" in said.out
    assert "Plan: 7 to submit, 2 done." in said.out


def test_an_edited_script_resubmits_what_runs_it(lab: Lab) -> None:
    lab.write("other.sh", lab.read("step.sh") + "true\n")
    lab.edit("evals: {script: step.sh}", "evals: {script: other.sh}")

    planned = lab.plan()

    assert planned == {f"eval.bits[order={order}]/evaluate": "submit" for order in (3, 5)}


def test_a_value_added_to_a_matrix_submits_only_the_new_ones(lab: Lab) -> None:
    lab.edit("order: [3, 5]", "order: [3, 5, 7]")

    planned = lab.plan()
    lab.apply()

    assert planned == {label.replace("3", "7"): "submit" for label in LEARNT if "order=3" in label}
    assert lab.ran() == ["bits-7", "merge-7", "train-7"]


def test_a_value_removed_from_a_matrix_is_archived_and_comes_back_done(lab: Lab) -> None:
    lab.edit("order: [3, 5]", "order: [3]")

    planned = lab.plan()
    lab.apply()
    lab.edit("order: [3]", "order: [3, 5]")
    said = lab("plan", "manifest.yaml", "--detailed-exitcode")

    assert planned == {label: "rest" for label in LEARNT if "order=5" in label}
    assert "No changes. 9 done." in said.out
    assert lab.ran() == []


def test_a_result_asked_for_anew_is_made_anew_alone(lab: Lab) -> None:
    lab.apply("--resubmit", "small")

    assert lab.ran() == ["small"]
    assert lab("history").out.count("training.small/train") >= 4


def test_a_parameter_set_back_finds_the_old_result(lab: Lab) -> None:
    lab.edit("smoothing: 0.5", "smoothing: 0.25", "train.yaml")
    lab.apply()
    lab.ran()
    lab.edit("smoothing: 0.25", "smoothing: 0.5", "train.yaml")

    lab.apply()

    assert lab.ran() == []
