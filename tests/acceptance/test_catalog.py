"""The project's own tables follow what was made, and whoever else writes there is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.lab import Lab
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import environment, sql

pytestmark = pytest.mark.services

CATALOG = "catalog: {created_by: us, type: SFT, agent: terminus-2, username: alice}"


@pytest.fixture(scope="module")
def workspace() -> str:
    return fresh()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, workspace: str) -> Iterator[Lab]:
    """Return the miniature, applied to the end, its rows in the tables."""
    lab = Lab(tmp_path_factory.mktemp("catalog"))
    lab.prepare()
    lab.make()
    lab.edit("workspace: miniature\n", f"workspace: {workspace}\nregistry: supabase\n{CATALOG}\n")
    lab.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINIATURE", str(lab.control))
        patch.setenv("COLUMNS", "100")
        for name, value in environment().items():
            patch.setenv(name, value)
        lab.apply()
        yield lab


def test_a_row_says_what_was_made_of_what(made: Lab, workspace: str) -> None:
    model = rows(
        "SELECT m.created_by, m.training_type, m.training_status, a.name, d.name,"
        " m.training_start <= m.training_end, m.training_parameters ->> 'base_model',"
        " m.training_parameters -> 'parameters' ->> 'config.order'"
        " FROM models m JOIN agents a ON a.id = m.agent_id JOIN datasets d ON d.id = m.dataset_id"
        " WHERE m.name = :'name'",
        f"{workspace}/training.ngram[order=3]",
    )

    assert model == [
        ["us", "SFT", "completed", "terminus-2", f"{workspace}/dataset.pairs", "t", "none", "3"]
    ]


def test_a_row_says_which_job_made_it_for_whom(made: Lab, workspace: str) -> None:
    model = rows(
        "SELECT slurm_job_id ~ '^[0-9]+$', otplan_address, otplan_workspace <> '' FROM models"
        " WHERE name = :'name'",
        f"{workspace}/training.ngram[order=3]",
    )

    assert model == [["t", "training.ngram[order=3]", "t"]]


def test_what_was_made_of_a_model_names_it(made: Lab, workspace: str) -> None:
    merged = rows(
        "SELECT b.name FROM models m JOIN models b ON b.id = m.base_model_id"
        " WHERE m.name = :'name'",
        f"{workspace}/consolidation.merged[order=5]",
    )

    assert merged == [[f"{workspace}/training.ngram[order=5]"]]


def test_an_eval_has_its_metrics_and_the_identity_of_who_measured_what(
    made: Lab, workspace: str
) -> None:
    evals = rows(
        "SELECT m.name, b.name, a.name, j.username, j.job_status, j.metrics,"
        " length(j.git_commit_id)"
        " FROM sandbox_jobs j JOIN models m ON m.id = j.model_id"
        " JOIN benchmarks b ON b.id = j.benchmark_id JOIN agents a ON a.id = j.agent_id"
        " WHERE j.job_name = :'name'",
        f"{workspace}/eval.bits[order=3]",
    )

    model = f"{workspace}/consolidation.merged[order=3]"
    metrics = '[{"name": "accuracy", "value": 0.75}, {"name": "loss", "value": 1.5}]'
    assert evals == [[model, "bits", "terminus-2", "alice", "Finished", metrics, "40"]]


def test_a_second_plan_finds_nothing(made: Lab) -> None:
    said = made("plan", "manifest.yaml", "--detailed-exitcode")

    assert "No changes." in said.out


def test_what_was_made_is_told_from_the_tables(made: Lab, workspace: str) -> None:
    tables = made("results", "manifest.yaml", "--json").document["tables"]

    assert sorted(tables) == ["datasets", "evals", "models"]
    assert {row["address"] for row in tables["evals"]} == {
        "eval.bits[order=3]",
        "eval.bits[order=5]",
    }


def test_a_row_that_was_deleted_is_written_again(made: Lab, workspace: str) -> None:
    rows(DELETED, f"{workspace}/eval.bits[order=3]")

    planned = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")

    assert "its row in evals is missing" in planned.out
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_a_row_that_was_edited_is_told_with_the_columns_and_put_right(
    made: Lab, workspace: str
) -> None:
    name = f"{workspace}/training.small"
    rows("UPDATE models SET training_type = 'RL', dataset_id = NULL WHERE name = :'name'", name)

    (change,) = (
        each
        for each in made("plan", "manifest.yaml", "--json").document["changes"]
        if each["action"] == "catalog"
    )
    made("sync", "manifest.yaml")

    assert {each["field"] for each in change["reasons"][0]["fields"]} == {"type", "datasets"}
    assert rows(
        "SELECT training_type, d.name FROM models m JOIN datasets d ON d.id = m.dataset_id"
        " WHERE m.name = :'name'",
        name,
    ) == [["SFT", f"{workspace}/dataset.heldout"]]


def test_what_others_wrote_into_our_row_stays(made: Lab, workspace: str) -> None:
    name = f"{workspace}/training.small"
    rows(
        "UPDATE models SET description = 'good', training_type = 'RL', training_parameters ="
        """ training_parameters || '{"note": "x"}' WHERE name = :'name'""",
        name,
    )

    made("sync", "manifest.yaml")

    assert rows(
        "SELECT training_type, description, training_parameters ->> 'note' FROM models"
        " WHERE name = :'name'",
        name,
    ) == [["SFT", "good", "x"]]


def test_the_row_of_somebody_else_is_told_and_never_written(made: Lab, workspace: str) -> None:
    name = f"{workspace}/training.small"
    rows(
        "UPDATE models SET training_type = 'RL', training_parameters = jsonb_build_object('kept',"
        " training_parameters) WHERE name = :'name'",
        name,
    )

    planned = made("plan", "manifest.yaml")
    synced = made("sync", "manifest.yaml")

    rows(
        "UPDATE models SET training_type = 'SFT', training_parameters = training_parameters ->"
        " 'kept' WHERE name = :'name'",
        name,
    )
    assert "its row in models was written by hand, and stays as it is" in planned.out
    assert "written" not in synced.out
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_the_identity_of_an_eval_that_is_taken_is_told(made: Lab, workspace: str) -> None:
    name = f"{workspace}/eval.bits[order=5]"
    theirs = f"{name} of bob"
    rows(
        "UPDATE sandbox_jobs SET username = 'bob', job_name = :'name' || ' of bob', config = '{}'"
        " WHERE job_name = :'name'",
        name,
    )

    planned = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")

    there = rows("SELECT username FROM sandbox_jobs WHERE job_name = :'name'", theirs)
    rows(DELETED, theirs)
    made("sync", "manifest.yaml")
    assert "its row in evals was written by hand" in planned.out
    assert there == [["bob"]]
    assert "No changes." in made("plan", "manifest.yaml", "--detailed-exitcode").out


def test_what_the_anon_key_may_not_write_is_told_with_the_policy(made: Lab, workspace: str) -> None:
    rows(DELETED, f"{workspace}/eval.bits[order=3]")

    said = made("sync", "manifest.yaml", code=6, SUPABASE_SERVICE_ROLE_KEY="", COLUMNS="80")

    made("sync", "manifest.yaml")
    told = " ".join(f"{said.out}{said.err}".split())
    assert 'policy "otplan_members_insert" for table "sandbox_jobs"' in told
    assert max(map(len, said.out.splitlines())) <= 80


def test_what_nobody_gave_is_told_before_anything_runs(made: Lab, tmp_path: Path) -> None:
    made.write("bare.yaml", made.read().replace(CATALOG, "catalog: {created_by: us}"))

    linted = made("lint", "bare.yaml")
    (tmp_path / "otplan").mkdir()
    (tmp_path / "otplan" / "catalog.yaml").write_text("agent: terminus-2\ntype: SFT\n")
    given = made("lint", "bare.yaml", XDG_CONFIG_HOME=str(tmp_path))

    (made.folder / "bare.yaml").unlink()
    assert "OT530" in linted.out
    assert "asks for `agent`" in linted.out
    assert "OT530" not in given.out


@pytest.fixture(scope="module")
def failed(made: Lab, workspace: str) -> tuple[str, list[list[str]], str]:
    """Let an eval start and fail; return its name, its row while it ran, and a plan after it."""
    name = f"{workspace}/eval.more"
    made.write("manifest.yaml", made.read() + MORE)
    made.commit()
    made.hold("more")
    made.submit()
    made.until("eval.more/evaluate", "running")
    made("sync", "manifest.yaml")
    started = rows(STATUS, name)
    made.fail("more")
    made.let_go()
    made.until("eval.more/evaluate", "failed")
    told = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")
    return name, started, told.out


def test_an_eval_has_a_row_as_soon_as_its_model_has_one(
    failed: tuple[str, list[list[str]], str],
) -> None:
    name, started, told = failed

    assert started == [["Started"]]
    assert "its row in evals says something else" in told
    assert "otplan retry" in told
    assert rows(STATUS, name) == [["Failed"]]


@pytest.fixture(scope="module")
def waited(made: Lab, workspace: str) -> tuple[str, list[list[str]]]:
    """Let an eval wait for its data, and be measured; return its name, and its row meanwhile."""
    name = f"{workspace}/eval.later"
    made.write("manifest.yaml", made.read().replace("\ntrainings:", f"{SLOW}\ntrainings:") + LATER)
    made.commit()
    made.hold("slow")
    made.submit()
    made.began("slow")
    made("sync", "manifest.yaml")
    waiting = rows(STATUS, name)
    made.let_go()
    made.until("eval.later/evaluate", "done")
    made("sync", "manifest.yaml")
    return name, waiting


def test_an_eval_that_waits_is_pending_until_it_is_measured(
    waited: tuple[str, list[list[str]]],
) -> None:
    name, waiting = waited

    assert waiting == [["Pending"]]
    assert rows(STATUS, name) == [["Finished"]]


def test_an_eval_made_anew_keeps_the_one_row_of_its_identity(
    made: Lab, waited: tuple[str, list[list[str]]]
) -> None:
    name = waited[0]
    id_ = "SELECT id, config ->> 'note' FROM sandbox_jobs WHERE job_name = :'name'"
    (before,) = rows(id_, name)
    made.edit("args: {step: later}", "args: {step: later-2}")
    made.commit()

    made.submit()
    made.until("eval.later/evaluate", "done")
    made("sync", "manifest.yaml")

    assert rows(id_, name) == [before]
    told = "SELECT config #>> '{parameters,args.step}' FROM sandbox_jobs WHERE job_name = :'name'"
    assert rows(told, name) == [["later-2"]]


def test_an_eval_that_a_lost_record_started_is_said_to_have_failed(
    made: Lab, failed: tuple[str, list[list[str]], str]
) -> None:
    rows("UPDATE sandbox_jobs SET job_status = 'Started' WHERE job_name = :'name'", failed[0])

    told = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")

    assert '"Started"' in told.out
    assert rows(STATUS, failed[0]) == [["Failed"]]


def test_an_eval_that_is_started_by_nothing_on_record_has_failed(
    made: Lab, failed: tuple[str, list[list[str]], str]
) -> None:
    rows("UPDATE sandbox_jobs SET job_status = 'Started' WHERE job_name = :'name'", failed[0])
    made("forget", "eval.more", "-m", "manifest.yaml")

    told = made("plan", "manifest.yaml")
    made("sync", "manifest.yaml")

    assert 'status: "Started" -> "Failed"' in told.out
    assert rows(STATUS, failed[0]) == [["Failed"]]


@pytest.fixture(scope="module")
def found(made: Lab, workspace: str) -> tuple[str, str]:
    """Adopt what bob has finished; return a plan before it, and one after it."""
    made.write("manifest.yaml", made.read() + OTHERS)
    made.commit()
    model = f"{workspace}/training.small"
    for benchmark, status in (("x", "Finished"), ("y", "Finished"), ("z", "Started")):
        rows("INSERT INTO benchmarks (name) VALUES (:'name') ON CONFLICT DO NOTHING", benchmark)
        rows(MEASURED.replace("STATUS", status).replace("BENCHMARK", benchmark), model)
    planned = made("plan", "manifest.yaml")
    made("adopt", "state:found", "-m", "manifest.yaml")
    after = made("plan", "manifest.yaml", "--verbose")
    return " ".join(planned.out.split()), " ".join(after.out.split())


def test_what_the_catalog_says_is_finished_is_found_and_adopted_many_at_once(
    made: Lab, found: tuple[str, str]
) -> None:
    told, after = found

    assert told.count("the catalog says that it is finished") == 2
    assert "the catalog says that it is started, by bob" in told
    assert "otplan apply --resubmit 'eval.z'" in told
    assert "the catalog says that it is finished" not in after
    assert "row_taken" not in after
    assert "was written by hand" not in after
    tables = made("results", "manifest.yaml", "--json").document["tables"]
    assert {r["address"]: r["values"]["metrics"] for r in tables["evals"]}["eval.x"] == {"acc": 0.5}


@pytest.mark.usefixtures("found")
def test_what_somebody_else_has_started_is_made_here_only_when_asked(made: Lab) -> None:
    applied = made("apply", "manifest.yaml", "--auto-approve", "--wait", code=6)
    started = made.ran()

    assert "z" not in started
    assert "the catalog says that it is started, by bob" in " ".join(applied.out.split())


@pytest.mark.usefixtures("found")
def test_every_new_model_is_measured_when_the_manifest_asks_for_that(
    made: Lab, workspace: str
) -> None:
    whose = f"team-{workspace}"
    for model, of in (("a", whose), ("b", whose), ("c", "others")):
        rows(MODEL.replace("OWNER", of), f"{whose}/{model}")
    made.write("manifest.yaml", made.read() + LISTENING.replace("OWNER", whose))
    made.commit()

    before = made("lint", "manifest.yaml")
    planned = made.plan()
    made("apply", "manifest.yaml", "--auto-approve", "--wait", code=6)
    rows(MODEL.replace("OWNER", whose), f"{whose}/new")
    unasked = made.plan()
    made("update", "manifest.yaml")
    asked = made.plan()

    assert "OT316" in before.out
    listened = [f"eval.every[model={whose}/{name}]/evaluate" for name in ("a", "b", "new")]
    assert [label for label in planned if "every" in label] == listened[:2]
    assert [label for label in unasked if "every" in label] == []
    assert [label for label in asked if "every" in label] == listened[2:]
    assert f'"catalog:models?created_by={whose}"' in made.read("otplan.lock")
    assert rows(
        "SELECT count(*) FROM sandbox_jobs j JOIN models m ON m.id = j.model_id"
        " WHERE m.created_by = :'name' AND j.job_status = 'Finished'",
        whose,
    ) == [["2"]]


LISTENING = """\
  every:
    matrix: {model: {catalog: models, created_by: OWNER}}
    model: ${matrix.model}
    benchmark: listened
    args: {step: "every-1"}
"""
MODEL = (
    "INSERT INTO models (name, created_by, creation_location, weights_location, training_start,"
    " training_parameters, training_status, agent_id) SELECT :'name', 'OWNER', 'x', :'name',"
    " now(), '{}', 'completed', id FROM agents WHERE name = 'terminus-2'"
)
OTHERS = """\
  x: {model: small, benchmark: x, args: {step: x}}
  y: {model: small, benchmark: y, args: {step: y}}
  z: {model: small, benchmark: z, args: {step: z}}
"""
MEASURED = (
    "INSERT INTO sandbox_jobs (job_name, username, package_version, n_trials, n_rep_eval, config,"
    " metrics, job_status, agent_id, model_id, benchmark_id) SELECT 'tb2', 'bob', '1', 3, 3, '{}',"
    """ '[{"name": "acc", "value": 0.5}]', 'STATUS', a.id, m.id, b.id"""
    " FROM agents a, models m, benchmarks b"
    " WHERE a.name = 'terminus-2' AND b.name = 'BENCHMARK' AND m.name = :'name'"
)
MORE = """\
  more:
    model: small
    benchmark: org/more
    args: {step: more}
"""


SLOW = """
  slow:
    generate: {script: step.sh, args: {step: slow}}
"""
LATER = """\
  later:
    model: small
    benchmark: org/later
    inputs: {slow: slow}
    args: {step: later}
"""
DELETED = "DELETE FROM sandbox_jobs WHERE job_name = :'name'"
STATUS = "SELECT job_status FROM sandbox_jobs WHERE job_name = :'name'"


def rows(query: str, name: str = "") -> list[list[str]]:
    """Return what the database answers, as text, where `:'name'` stands for a name."""
    done = sql(query, name=name)
    assert done.returncode == 0, done.stderr
    return [line.split("|") for line in done.stdout.splitlines()]
