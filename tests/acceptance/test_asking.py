"""The commands that ask: what they say, also as documents that programs read."""

import json
import re

import pytest

from tests.acceptance.lab import Lab

DOCUMENTS = {
    "plan": ("plan", "manifest.yaml", "--json"),
    "plan offline": ("plan", "manifest.yaml", "--offline", "--json"),
    "apply": ("apply", "manifest.yaml", "--auto-approve", "--json"),
    "apply and wait": ("apply", "manifest.yaml", "--auto-approve", "--wait", "--json"),
    "status": ("status", "-m", "manifest.yaml", "--json"),
    "why": ("why", "kind:eval", "-m", "manifest.yaml", "--json"),
    "results": ("results", "manifest.yaml", "--json"),
    "history": ("history", "manifest.yaml", "--json"),
    "graph": ("graph", "manifest.yaml", "--json"),
    "render": ("render", "small", "-m", "manifest.yaml", "--json"),
    "lint": ("lint", "manifest.yaml", "--format", "json"),
    "cluster list": ("cluster", "list", "--json"),
    "cluster show": ("cluster", "show", "local", "--json"),
    "sync": ("sync", "manifest.yaml", "--json"),
    "update": ("update", "manifest.yaml", "--json"),
    "unlock": ("unlock", "manifest.yaml", "--json"),
    "schema": ("schema",),
}


@pytest.mark.parametrize("argv", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_whole_and_the_same_each_time(
    lab: Lab, argv: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)

    first, second = lab(*argv), lab(*argv)

    assert isinstance(json.loads(first.out), dict | list)
    assert first.out == second.out


def test_what_one_did_is_told_as_documents_too(lab: Lab) -> None:
    forgotten = lab("forget", "small", "-m", "manifest.yaml", "--json").document
    adopted = lab("adopt", "small", "-m", "manifest.yaml", "--json").document
    lab.edit("args: {step: small}", "args: {step: small, v: 2}")
    lab.fail("small")
    lab.apply(code=6)
    retried = lab("retry", "small", "-m", "manifest.yaml", "--json").document
    lab.mend("small")
    lab.hold("small")
    lab.submit()
    cancelled = lab("cancel", "small", "-m", "manifest.yaml", "--json").document

    assert forgotten["forgotten"] == ["training.small/train"]
    assert adopted["adopted"] == ["training.small/train"]
    assert retried["retried"] == ["training.small/train"]
    assert cancelled["report"]["outcomes"][0]["event"] == "cancelled"


def test_a_status_is_told_of_selected_stages(lab: Lab) -> None:
    said = lab("status", "+bits[order=3]", "-m", "manifest.yaml")

    assert "training.ngram[order=3]        train" in said.out
    assert "order=5" not in said.out
    assert said.out.endswith("5 done.\n")


def test_a_selector_that_nothing_answers_to_is_told_with_what_comes_close(lab: Lab) -> None:
    said = lab("status", "smal", "-m", "manifest.yaml", code=64)

    assert "did you mean `small`" in said.err


def test_the_history_tells_what_happened_newest_first(lab: Lab) -> None:
    lab("forget", "small", "-m", "manifest.yaml")

    lines = lab("history", "manifest.yaml").out.splitlines()

    assert lines[0].split() == ["WHEN", "WHAT", "STAGE", "ATTEMPT", "JOB", "DETAIL"]
    assert "forgotten" in lines[1]
    assert sum("submitted" in line for line in lines) == 9


def test_the_last_lines_of_a_log_are_shown(lab: Lab) -> None:
    assert lab("logs", "small", "-m", "manifest.yaml", "-n", "1").out == "step small ends\n"


def test_what_is_done_is_explained_with_its_last_words(lab: Lab) -> None:
    said = lab("why", "small", "-m", "manifest.yaml").out

    assert re.search(
        r"\nAttempt 1, job \d, ended well, after 0:0\d of 10:00:\n"
        r"  step small begins\n  step small ends\n",
        said,
    )


def test_without_a_submission_there_is_no_log(fresh: Lab) -> None:
    fresh.make()

    said = fresh("logs", "small", code=64)

    assert "nothing was ever submitted for these" in said.err


def test_a_rendered_script_is_shown_and_written(lab: Lab) -> None:
    shown = lab("render", "small", "-m", "manifest.yaml")
    lab("render", "small", "-m", "manifest.yaml", "--out", "scripts")

    assert shown.out.startswith("#!/bin/bash\n")
    assert lab.read("scripts/training.small.train/script.sh") in shown.out


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("text", "dataset.pairs/generate\n  training.ngram[order=3]/train\n"),
        ("dot", "digraph"),
        ("mermaid", "flowchart LR\n"),
    ],
)
def test_the_graph_is_drawn_in_three_ways(lab: Lab, form: str, start: str) -> None:
    said = lab("graph", "manifest.yaml", "--format", form)

    assert said.out.startswith(start)
    assert said.out.count("eval.bits[order=5]/evaluate") == 1 or form == "dot"


def test_the_clusters_that_are_known_are_listed_and_shown(lab: Lab) -> None:
    listed = lab("cluster", "list")
    shown = lab("cluster", "show", "local")

    assert {"local", "vista"} <= {line.split()[0] for line in listed.out.splitlines()}
    assert "  scheduler " in shown.out


def test_a_cluster_nobody_knows_is_an_error(lab: Lab) -> None:
    said = lab("cluster", "show", "nowhere", code=1)

    assert "nowhere" in said.err


def test_an_asking_command_takes_the_manifest_and_variables_planned_last(lab: Lab) -> None:
    lab("plan", "manifest.yaml", "--var", "limit=20")

    states = {row["state"] for row in lab("status", "--json").document["stages"]}

    assert states == {"absent", "done"}


def test_the_only_manifest_of_a_folder_need_not_be_named(lab: Lab) -> None:
    assert lab("status").out.endswith("9 done.\n")


def test_of_several_manifests_one_must_be_named(lab: Lab) -> None:
    lab.write("other.yaml", lab.read())

    said = lab("status", code=64)

    assert "manifest.yaml, other.yaml" in said.err


def test_variables_come_from_files_and_the_command_line_beats_them(lab: Lab) -> None:
    lab.write("vars.yaml", "limit: 20\n")

    of_file = lab("plan", "manifest.yaml", "--var-file", "vars.yaml")
    of_line = lab("plan", "manifest.yaml", "--var-file", "vars.yaml", "--var", "limit=10")

    assert "args.limit: 10 -> 20" in of_file.out
    assert "No changes." in of_line.out
