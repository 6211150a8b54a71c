"""What a reviewer found by trying: each a scene that went wrong once."""

from pathlib import Path

from tests.acceptance.lab import Lab

ROOT = Path(__file__).parents[2]

SOURCE = """\
otplan: 1
workspace: one
datasets:
  given: {source: {path: x.jsonl}}
scripts:
  it: {script: step.sh, args: {step: it}, inputs: {data: given}, outputs: [model.json]}
"""

ONE = """\
otplan: 1
workspace: one
scripts:
  it:
    script: step.sh
    args: {step: it}
    outputs: [model.json]
    slurm: {time: "00:10:00"}
"""


def test_waiting_ends_where_nothing_can_be_submitted(fresh: Lab) -> None:
    fresh.make(ONE + "    cpus: 9999\n")

    said = fresh.apply(code=6)

    assert "9999" in said.err + said.out
    assert fresh.ran() == []


def test_what_a_person_cancelled_does_not_come_back_unasked(fresh: Lab) -> None:
    fresh.make(ONE)
    fresh.hold("it")
    fresh.submit()
    fresh.until("script.it/run", "running")
    fresh("cancel", "it", "-m", "manifest.yaml")
    fresh.until("script.it/run", "cancelled")

    fresh("continue")

    assert fresh.plan() == {"script.it/run": "submit"}
    fresh.let_go()
    fresh.apply()
    assert fresh.states() == {"script.it/run": "done"}


def test_a_time_limit_changed_there_and_back_settles(fresh: Lab) -> None:
    fresh.make(ONE + "  first: {script: step.sh, args: {step: first}, outputs: [model.json]}\n")
    fresh.edit("    args: {step: it}", "    args: {step: it}\n    inputs: {first: script.first}")
    fresh.hold("first")
    fresh.submit()
    for minutes in ("20", "30", "20", "10"):
        fresh.write("manifest.yaml", _with_minutes(fresh.read(), minutes))
        assert fresh.plan() == {"script.it/run": "update"}
        fresh.submit()

    planned = fresh.plan()

    assert planned == {}
    fresh.let_go()


def test_one_folder_cannot_be_adopted_for_an_array(fresh: Lab) -> None:
    fresh.make(
        "otplan: 1\nworkspace: one\ndatasets:\n  d:\n"
        "    generate: {script: step.sh, args: {step: d}, outputs: [data.jsonl], chunks: 3}\n"
    )
    (fresh.folder / "old").mkdir()

    argv = ("adopt", "dataset.d/generate", "-m", "manifest.yaml", "--output", "old")

    assert "is an array" in fresh(*argv, code=64).err


def test_a_folder_that_lacks_what_a_stage_makes_is_not_adopted(fresh: Lab) -> None:
    fresh.make(ONE)
    (fresh.folder / "old").mkdir()
    (fresh.folder / "old" / "other.json").write_text("{}")

    said = fresh("adopt", "it", "-m", "manifest.yaml", "--output", "old", code=64)

    assert "lacks model.json" in said.err


def test_a_folder_is_adopted_by_its_whole_path(fresh: Lab) -> None:
    fresh.make(ONE)
    (fresh.folder / "old").mkdir()
    (fresh.folder / "old" / "model.json").write_text("{}")

    fresh("adopt", "it", "-m", "manifest.yaml", "--output", "old")

    history = fresh("history", "manifest.yaml", "--json").document["history"]
    assert history[-1]["detail"] == f"adopted: {fresh.folder / 'old'}"


def test_a_state_file_lies_beside_the_manifest_wherever_one_stands(fresh: Lab) -> None:
    fresh.make(ONE.replace("workspace: one", "workspace: one\nstate: st.db"))
    (fresh.folder / "below").mkdir()
    fresh.apply()

    said = fresh("plan", "../manifest.yaml", "--detailed-exitcode", at="below")

    assert "No changes. 1 done." in said.out


def test_a_folder_is_no_manifest(fresh: Lab) -> None:
    fresh.make(ONE)

    said = fresh("plan", ".", code=3)

    assert "This is a folder." in said.err


def test_a_run_folder_has_a_readable_name_beside_it(fresh: Lab) -> None:
    fresh.make(ONE)

    fresh.apply()

    (link,) = (fresh.folder / ".otplan" / "one").glob("script.it.run.*")
    assert (link / "done.json").exists()


def test_data_that_is_not_what_was_pinned_is_not_read(fresh: Lab) -> None:
    fresh.make(SOURCE)
    fresh.write("x.jsonl", "one\n")
    fresh.apply()
    fresh.write("x.jsonl", "changed\n")
    fresh.edit("args: {step: it}", "args: {step: it, v: 2}")

    said = fresh.submit(code=1)

    assert "x.jsonl is not what it was when it was pinned" in said.err
    assert fresh.ran() == ["it"]
    fresh("update", "manifest.yaml")
    fresh.apply()
    assert fresh.ran() == ["it"]


def test_a_secret_that_a_job_printed_is_not_shown(fresh: Lab) -> None:
    fresh.make(ONE.replace("script: step.sh", "script: loud.sh"))
    fresh.write("loud.sh", 'echo "it is $HF_TOKEN"; exit 1\n')
    fresh.write("secrets.env", "export HF_TOKEN='hf_verysecretvalue'\n")
    (fresh.folder / "clusters").mkdir()
    local = (ROOT / "clusters" / "local.yaml").read_text()
    file = fresh.folder / "secrets.env"
    fresh.write("clusters/local.yaml", local.replace("secrets: null ", f"secrets: {file} "))
    fresh.apply(code=6)

    logs = fresh("logs", "it", "-m", "manifest.yaml").out
    why = fresh("why", "it", "-m", "manifest.yaml").out

    assert "it is ***" in logs
    assert "it is ***" in why


def test_a_plan_ends_with_8_where_a_queue_does_not_answer(fresh: Lab) -> None:
    fresh.make(ONE)
    fresh.apply()
    fresh.edit("args: {step: it}", "args: {step: it, v: 2}")
    queue = fresh.folder / ".otplan" / "local" / "queue.db"
    kept = queue.read_bytes()
    queue.write_bytes(b"this is no queue")

    said = fresh("plan", "manifest.yaml", code=8)

    queue.write_bytes(kept)
    assert "? script.it/run" in said.out


def _with_minutes(text: str, minutes: str) -> str:
    head, _, tail = text.partition('{time: "00:')
    return f'{head}{{time: "00:{minutes}{tail[2:]}'
