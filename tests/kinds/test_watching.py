"""What W&B is told of a training: whose run it is, by manifest and site, and what is not known."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Cluster, Proxy
from otplan.core.stage import Where
from otplan.kinds import training
from otplan.kinds.watching import RUN, with_report
from tests.kinds.build import CLUSTER, parsed, refers, resource

BOTH = {"entity": "team", "project": "sft"}


def train(cluster: Cluster = CLUSTER, settings: Any = None, **fields: Any) -> Any:  # noqa: ANN401
    """Return what the program of a training is told, and what is wrong with the training."""
    usual: dict[str, Any] = {"model": "m", "datasets": ["d"], "script": "t.py"}
    usual |= {"config": "c.yaml"} if settings else {}
    one = resource(
        "training.sft",
        {**usual, **fields},
        files={"config": parsed("c.yaml", settings)} if settings else {},
        references=(refers("datasets", "dataset.d"),),
    )
    [made] = training.stages(one, cluster)
    return made.program, [found.code for found in training.checks(one, cluster)]


def test_a_program_of_ones_own_finds_its_run_in_its_environment() -> None:
    program, wrong = train(wandb=BOTH, env={"MINE": "1"})

    assert program.env == {
        "MINE": "1",
        "OTPLAN_MODEL": "m",
        "WANDB_ENTITY": "team",
        "WANDB_NAME": "training.sft",
        "WANDB_PROJECT": "sft",
    }
    assert (program.extra[RUN], wrong) == (BOTH, [])


def test_who_reports_nothing_has_no_run() -> None:
    program, wrong = train(env={"WANDB_PROJECT": "sft"})

    assert (RUN in program.extra, wrong) == (False, [])


@pytest.mark.parametrize(
    ("wandb", "env", "site", "expected"),
    [
        ({"project": "p"}, {"WANDB_ENTITY": "e"}, {}, ("e", "p")),
        ({"project": "p"}, {}, {"WANDB_ENTITY": "e", "WANDB_PROJECT": "other"}, ("e", "p")),
        ({"entity": "e"}, {"WANDB_PROJECT": "p"}, {"WANDB_ENTITY": "other"}, ("e", "p")),
        ({"entity": "e", "project": "p"}, {"WANDB_PROJECT": "own"}, {}, ("e", "own")),
    ],
)
def test_whose_run_it_is_the_manifest_says_or_the_cluster_file(
    wandb: dict[str, str], env: dict[str, str], site: dict[str, str], expected: tuple[str, str]
) -> None:
    program, wrong = train(replace(CLUSTER, env=site), wandb=wandb, env=env)

    run = program.extra[RUN]
    assert ((run["entity"], run["project"]), wrong) == (expected, [])


def test_what_a_site_says_to_trainings_alone_counts() -> None:
    site = replace(CLUSTER, variants={"training": replace(CLUSTER, env={"WANDB_ENTITY": "e"})})

    program, _ = train(site, wandb={"project": "p"})

    assert program.extra[RUN]["entity"] == "e"


@pytest.mark.parametrize("wandb", [{"project": "p"}, {"entity": "e"}, {}])
def test_a_run_whose_link_nobody_can_know_is_told(wandb: dict[str, str]) -> None:
    _, wrong = train(wandb=wandb)

    assert wrong == ["OT558"]


@pytest.mark.parametrize("reported", ["wandb", "all", ["tensorboard", "wandb"]])
def test_a_setting_of_the_program_is_a_word_as_well(reported: Any) -> None:  # noqa: ANN401
    program, wrong = train(settings={"report_to": reported})

    assert (RUN in program.extra, wrong) == (True, ["OT558"])


def test_where_it_is_switched_off_there_is_no_run() -> None:
    program, wrong = train(wandb=BOTH, env={"WANDB_MODE": "disabled"})

    assert (RUN in program.extra, wrong) == (False, [])


INSIDE = replace(CLUSTER, internet="login")
PROXY = Proxy("10.0.0.1", 1080)


@pytest.mark.parametrize(
    ("cluster", "env", "sent"),
    [
        (CLUSTER, {}, False),
        (CLUSTER, {"WANDB_MODE": "offline"}, True),
        (replace(CLUSTER, env={"WANDB_MODE": "offline"}), {}, True),
        (replace(CLUSTER, internet="compute"), {}, False),
        (INSIDE, {}, True),
        (INSIDE, {"WANDB_MODE": "online"}, False),
        (INSIDE, {"WANDB_MODE": "disabled"}, False),
        (replace(CLUSTER, internet="partition:net"), {}, True),
        (replace(CLUSTER, internet="none"), {}, True),
        (replace(INSIDE, proxy=PROXY), {}, True),
    ],
)
def test_a_run_that_stays_on_the_site_is_sent_by_a_stage_of_its_own(
    cluster: Cluster, env: dict[str, str], *, sent: bool
) -> None:
    one = resource("training.sft", {"model": "m", "script": "t.py", "wandb": BOTH, "env": env})

    _, *more = with_report(one, cluster, training.stages(one, cluster))

    assert [draft.role for draft in more] == (["report"] if sent else [])


def test_sending_a_run_is_no_content_and_is_told_all_but_that_it_is_offline() -> None:
    env = {"WANDB_BASE_URL": "https://w.example.org", "WANDB_MODE": "offline", "MINE": "1"}
    one = resource("training.sft", {"model": "m", "script": "t.py", "wandb": BOTH, "env": env})

    train, report = with_report(one, INSIDE, training.stages(one, INSIDE))

    assert (report.content, report.where, report.wants[0].role) == (
        False,
        Where.INTERNET,
        train.role,
    )
    assert report.program.argv == ("--entity=team", "--project=sft")
    assert set(report.program.env) == {
        *("WANDB_BASE_URL", "WANDB_ENTITY", "WANDB_NAME", "WANDB_PROJECT")
    }
