"""What fails is told, retried without what went well, and made anew where it vanished."""

import shutil

from tests.acceptance.lab import Lab


def _started(lab: Lab, *failing: str) -> None:
    lab.make()
    lab.fail(*failing)
    lab.apply(code=6)


def test_a_consolidation_that_failed_is_retried_without_training_again(fresh: Lab) -> None:
    _started(fresh, "merge-3")
    fresh.ran()
    fresh.mend("merge-3")

    fresh("retry", "state:failed", "-m", "manifest.yaml")
    fresh.apply()

    assert fresh.ran() == ["bits-3", "merge-3"]


def test_a_failure_is_not_tried_again_unasked(fresh: Lab) -> None:
    _started(fresh, "merge-3")
    fresh.ran()

    said = fresh.apply(code=6)

    assert fresh.ran() == []
    assert "! consolidation.merged[order=3]/consolidate   needs you" in said.out
    assert "otplan retry" in said.out


def test_a_failure_stops_only_its_own_branch(fresh: Lab) -> None:
    _started(fresh, "merge-3")

    states = fresh.states()

    assert states.pop("consolidation.merged[order=3]/consolidate") == "failed"
    assert states.pop("eval.bits[order=3]/evaluate") == "stuck"
    assert set(states.values()) == {"done"}


def test_why_names_the_job_its_end_its_last_words_and_the_mend(fresh: Lab) -> None:
    _started(fresh, "merge-3")

    said = fresh("why", "merged[order=3]", "-m", "manifest.yaml", COLUMNS="200")

    assert "Attempt 1, job 6, exit code 3" in said.out
    assert "    step merge-3: model.bin: No such file or directory\n" in said.out
    assert "Likely cause: a file or folder is not there: model.bin.\n" in said.out
    assert "      otplan retry 'consolidation.merged[order=3]'\n" in said.out


def test_what_the_policy_covers_goes_on_by_itself(fresh: Lab) -> None:
    fresh.make()
    fresh.edit("  small:\n", "  small:\n    attempts: 2\n")
    fresh.fail("small")

    said = fresh.apply(code=6)

    assert fresh.ran().count("small") == 2
    assert "attempt 2 failed" in said.out


def test_somebody_who_waits_sees_every_attempt_that_the_policy_covers(fresh: Lab) -> None:
    fresh.make()
    fresh.edit("  small:\n", "  small:\n    attempts: 4\n")
    fresh.fail("small")

    fresh.apply(code=6)

    assert fresh.ran().count("small") == 4


def test_why_remembers_an_end_that_was_recorded(fresh: Lab) -> None:
    _started(fresh, "merge-3")
    seen = fresh("why", "merged[order=3]", "-m", "manifest.yaml", "--json").document["stages"][0]
    fresh("sync", "manifest.yaml")

    again = fresh("why", "merged[order=3]", "-m", "manifest.yaml", "--json").document["stages"][0]

    (attempt,) = again["explanation"]["attempts"]
    assert (attempt["job"], attempt["exit_code"]) == ("6", 3)
    assert again["explanation"]["cause"] == seen["explanation"]["cause"]


def test_continue_makes_the_attempt_that_the_policy_covers(fresh: Lab) -> None:
    fresh.make()
    fresh.edit("  small:\n", "  small:\n    attempts: 2\n")
    fresh.fail("small")
    fresh.submit()
    fresh.settle()
    fresh.mend("small")
    fresh.ran()

    said = fresh("continue")
    fresh.settle()

    assert "training.small/train   submitted (attempt 2, job local:10)" in said.out
    assert fresh.ran() == ["small"]
    assert fresh.states()["training.small/train"] == "done"


def test_what_was_asked_for_differently_after_a_failure_is_submitted(fresh: Lab) -> None:
    _started(fresh, "small")
    fresh.ran()
    fresh.mend("small")
    fresh.edit("  small:\n", "  small:\n    memory: 2G\n")

    fresh.apply()

    assert fresh.ran() == ["small"]


def test_a_deleted_model_is_found_by_a_refresh_and_is_lost(lab: Lab) -> None:
    (lab.output("training.ngram[order=3]") / "model" / "shard").unlink()

    unseen = lab("plan", "manifest.yaml")
    said = lab("plan", "manifest.yaml", "--refresh")

    assert "No changes. 9 done." in unseen.out
    assert "training.ngram[order=3]/train   lost, and nothing needs it" in said.out
    assert "No changes. 8 done, 1 lost and not needed." in said.out


def test_a_deleted_model_is_made_anew_when_a_stage_needs_it(lab: Lab) -> None:
    model = lab.output("training.ngram[order=3]") / "model"
    shutil.rmtree(model)
    lab.edit('args: {step: "merge-${matrix.order}"}', 'args: {step: "merge-${matrix.order}", v: 2}')

    change = lab.change("training.ngram[order=3]/train")
    lab.apply()

    assert change["action"] == "submit"
    assert change["reasons"][0]["code"] == "lost"
    assert lab.ran() == ["bits-3", "bits-5", "merge-3", "merge-5", "train-3"]
    assert (lab.output("training.ngram[order=3]") / "model" / "shard").exists()


def test_the_marker_of_a_deleted_model_does_not_stop_the_new_one(lab: Lab) -> None:
    first = lab.output("training.ngram[order=3]")
    shutil.rmtree(first / "model")
    lab.edit('args: {step: "bits-${matrix.order}"}', 'args: {step: "bits-${matrix.order}", v: 2}')
    shutil.rmtree(lab.output("consolidation.merged[order=3]"))

    lab.apply()

    assert lab.ran() == ["bits-3", "bits-5", "merge-3", "train-3"]
    assert lab.output("training.ngram[order=3]") != first
    assert lab("plan", "manifest.yaml", "--refresh", "--detailed-exitcode").code == 0


def test_a_lost_result_that_was_found_again_counts(lab: Lab) -> None:
    output = lab.output("training.ngram[order=3]")
    output.rename(output.with_name("aside"))
    assert "1 lost" in lab("plan", "manifest.yaml", "--refresh").out
    output.with_name("aside").rename(output)

    said = lab("plan", "manifest.yaml", "--refresh")

    assert "No changes. 9 done." in said.out


def test_what_was_forgotten_is_offered_and_adopted(lab: Lab) -> None:
    forgotten = lab("forget", "small", "-m", "manifest.yaml")
    planned = lab.plan()
    adopted = lab("adopt", "small", "-m", "manifest.yaml")

    assert "training.small/train is forgotten; its files are untouched" in forgotten.out
    assert planned == {"training.small/train": "adopt"}
    assert "training.small/train is done: adopted" in adopted.out
    assert lab("plan", "manifest.yaml", "--detailed-exitcode").code == 0
    assert lab.ran() == []


def test_what_somebody_made_elsewhere_is_adopted_as_the_result(fresh: Lab) -> None:
    fresh.make()
    elsewhere = fresh.root / "elsewhere"
    (elsewhere / "model").mkdir(parents=True)
    (elsewhere / "model" / "shard").write_text("mine\n")

    fresh("adopt", "small", "-m", "manifest.yaml", "--output", str(elsewhere))
    fresh.apply()

    assert "small" not in fresh.ran()
    assert fresh.output("training.small") == elsewhere
