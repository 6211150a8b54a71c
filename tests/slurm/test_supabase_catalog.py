"""The quickstart on the team's Supabase and a real Slurm, and what its catalog has in the end."""

from collections.abc import Iterator

import pytest

from tests.acceptance.test_catalog import rows
from tests.conformance.registry_writers import fresh
from tests.conformance.supabase_lab import Line, environment, line
from tests.slurm.lab import configuration
from tests.slurm.site import Site

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

CATALOG = "catalog: {created_by: us, type: SFT, agent: none, username: ada}"


@pytest.fixture(scope="module")
def workspace() -> str:
    return fresh()


@pytest.fixture(scope="module")
def cut() -> Iterator[Line]:
    with line() as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, workspace: str, cut: Line) -> Iterator[Site]:
    """Return the quickstart in a workspace of its own, applied to the end."""
    made = Site(tmp_path_factory.mktemp("quickstart"))
    made.prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", configuration())
        patch.setenv("COLUMNS", "100")
        patch.setenv("MINIATURE", str(made.control))
        for name, value in (environment() | {"SUPABASE_URL": cut.url}).items():
            patch.setenv(name, value)
        made("init", ".")
        said = f"workspace: {workspace}\nregistry: supabase\n{CATALOG}\n"
        text = made.read().replace("workspace: quickstart\n", said)
        made.make(text.replace("cluster: local\n", "cluster: lab\n"))
        made.submit()
        made.until_all("done")
        made("sync", "manifest.yaml")
        yield made
        made.clear()


def test_every_row_names_the_slurm_job_that_made_it_and_its_address(
    site: Site, workspace: str
) -> None:
    jobs = _jobs(site)
    table = "SELECT otplan_address, slurm_job_id, otplan_workspace <> '' FROM {} WHERE {} LIKE"
    named = {"datasets": "name", "models": "name", "sandbox_jobs": "job_name"}

    written = [
        row
        for table_, name in named.items()
        for row in rows(f"{table.format(table_, name)} :'name' || '/%'", workspace)
    ]

    assert {(address, jobs[job]) for address, job, _ in written} == {
        *((f"dataset.{name}", name) for name in ("pairs", "heldout")),
        *((f"training.ngram[order={n}]", f"ngram-order{n}") for n in (3, 5)),
        *((f"consolidation.merged[order={n}]", f"merged-order{n}") for n in (3, 5)),
        *(
            (f"eval.{e}[order={n}]", f"{e}-order{n}")
            for e in ("bits", "completion")
            for n in (3, 5)
        ),
    }
    assert len(written) == 10
    assert {ours for *_, ours in written} == {"t"}


def test_a_dataset_has_its_row_count_place_and_times(site: Site, workspace: str) -> None:
    found = rows(
        "SELECT created_by, creation_location, dataset_type, num_tasks, generation_status,"
        " generation_start <= generation_end, data_location FROM datasets WHERE name = :'name'",
        f"{workspace}/dataset.heldout",
    )

    ((*told, location),) = found
    assert told == ["us", "lab", "SFT", "200", "completed", "t"]
    assert location == str(site.output("dataset.heldout/generate"))


def test_a_model_names_its_data_base_agent_and_what_it_was_trained_with(
    site: Site, workspace: str
) -> None:
    found = rows(
        "SELECT m.created_by, m.creation_location, m.training_type, m.training_status, a.name,"
        " d.name, m.training_parameters ->> 'base_model',"
        " m.training_parameters -> 'parameters' ->> 'config.order',"
        " m.training_start > now() - interval '1 hour', m.training_end >= m.training_start"
        " FROM models m JOIN agents a ON a.id = m.agent_id JOIN datasets d ON d.id = m.dataset_id"
        " WHERE m.name = :'name'",
        f"{workspace}/training.ngram[order=5]",
    )

    data = f"{workspace}/dataset.pairs"
    assert found == [["us", "lab", "SFT", "completed", "none", data, "none", "5", "t", "t"]]


def test_an_eval_has_its_identity_its_metrics_and_its_times(site: Site, workspace: str) -> None:
    found = rows(
        "SELECT j.username, j.job_status, a.name, m.name, b.name, j.n_rep_eval,"
        " j.started_at <= j.ended_at, length(j.git_commit_id),"
        " j.metrics -> 0 ->> 'name', (j.metrics -> 0 ->> 'value')::numeric BETWEEN 0 AND 8"
        " FROM sandbox_jobs j JOIN models m ON m.id = j.model_id"
        " JOIN benchmarks b ON b.id = j.benchmark_id JOIN agents a ON a.id = j.agent_id"
        " WHERE j.job_name = :'name'",
        f"{workspace}/eval.bits[order=3]",
    )

    model = f"{workspace}/consolidation.merged[order=3]"
    (told,) = found
    assert told[:6] == ["ada", "Finished", "none", model, "heldout-bits", "1"]
    assert told[6:] == ["t", "40", "bits_per_character", "t"]


def test_a_second_plan_finds_nothing_with_one_request_a_table_and_the_anon_key(
    site: Site, cut: Line
) -> None:
    del cut.asked[:]

    said = site("plan", "manifest.yaml", "--detailed-exitcode", SUPABASE_SERVICE_ROLE_KEY="")

    assert "No changes. 10 done." in said.out
    assert [path.removeprefix("/rest/v1/").partition("?")[0] for path in cut.asked] == [
        "rpc/otplan_read",
        *("datasets", "models", "agents", "benchmarks", "sandbox_jobs"),
    ]


MORE = """\
  more:
    model: merged
    benchmark: more
    script: step.sh
    args: {step: "more-${matrix.order}"}
"""
STATUS = "SELECT job_status FROM sandbox_jobs WHERE job_name LIKE :'name' || '%' ORDER BY job_name"


def test_an_eval_that_is_started_though_its_job_is_gone_is_told_and_has_failed(
    site: Site, workspace: str
) -> None:
    name = f"{workspace}/eval.more"
    site.write("manifest.yaml", site.read() + MORE)
    site.hold("all")
    site.submit()
    for order in (3, 5):
        site.began(f"more-{order}")
    site("sync", "manifest.yaml")
    started = rows(STATUS, name)
    site.slurm("scancel", *site.jobs("more-order3"))
    site.wait(lambda: not site.jobs("more-order3"), "the cancelled job is still there")
    site.let_go()
    site.until("eval.more[order=3]/evaluate", "failed")
    site.until("eval.more[order=5]/evaluate", "done")

    told = site("plan", "manifest.yaml").out
    site("sync", "manifest.yaml")

    assert started == [["Started"], ["Started"]]
    assert 'status: "Started" -> "Failed"' in told
    assert "otplan retry" in told
    assert rows(STATUS, name) == [["Failed"], ["Finished"]]


def _jobs(site: Site) -> dict[str, str]:
    """Return what accounting has of this site: the slug of each job's name, by the job's id."""
    asked = ("sacct", "-X", "-n", "-P", "-S", "now-1hours", "-o", "JobID,JobName,WorkDir")
    told = (row.split("|", 2) for row in site.slurm(*asked).splitlines())
    return {
        job: name.rpartition(".otp-")[0] for job, name, at in told if at.startswith(str(site.root))
    }
