"""What W&B is told of a training: whose run it is, by manifest and site, and what is not known."""

from dataclasses import replace
from typing import Any

import pytest

from otplan.core.cluster import Cluster
from otplan.kinds import training
from otplan.kinds.watching import RUN
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
