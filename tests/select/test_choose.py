"""Selectors choose stages by name, kind, cluster and state, and what lies above and below."""

import pytest

from otplan.core.address import parse
from otplan.core.stage import Limits, Need, Program, Stage
from otplan.errors import Usage
from otplan.select.choose import choose

LR1, LR4 = "training.sft[lr=1.0e-5,seed=1]", "training.sft[lr=4.0e-5,seed=1]"

EDGES = {
    "dataset.tasks/generate": [],
    "dataset.traces/trace": ["dataset.tasks/generate"],
    f"{LR1}/train": ["dataset.traces/trace"],
    f"{LR4}/train": ["dataset.traces/trace"],
    "eval.tb2/evaluate": [f"{LR1}/train"],
    "script.v1.5/run": [],
}
"""Labels with those of their parents; fingerprints are the same words here."""

STATES = {"dataset.tasks/generate": "done", f"{LR1}/train": "failed", f"{LR4}/train": "lost"}


def _stage(label: str, parents: list[str], *, elsewhere: bool = False) -> Stage:
    address, _, role = label.rpartition("/")
    return Stage(
        addresses=(parse(address),),
        role=role,
        template="",
        fingerprint=label,
        components={},
        digest="",
        cluster="far" if elsewhere else "near",
        program=Program(),
        limits=Limits(),
        needs=tuple(Need(parent) for parent in parents),
    )


STAGES = [_stage(label, parents) for label, parents in EDGES.items() if "tb2" not in label]
STAGES.insert(4, _stage("eval.tb2/evaluate", [f"{LR1}/train"], elsewhere=True))

CHOSEN = {
    "dataset.tasks": "tasks",
    "tasks": "tasks",
    "dataset.*": "tasks traces",
    "*s": "tasks traces",
    "t?sks": "tasks",
    "v1.5": "v1.5",
    "script.v1.5": "v1.5",
    "sft": "lr1 lr4",
    "training.sft[*]": "lr1 lr4",
    "sft[lr=1.0e-5]": "lr1",
    "sft[seed=1]": "lr1 lr4",
    "sft[seed=1,lr=4.0e-5]": "lr4",
    "sft[lr=?.0e-5]/train": "lr1 lr4",
    "*/evaluate": "tb2",
    "kind:training": "lr1 lr4",
    "kind:dataset|eval": "tasks traces tb2",
    "cluster:far": "tb2",
    "state:failed": "lr1",
    "state:failed|lost": "lr1 lr4",
    "state:running": "",
    "+traces": "tasks traces",
    "traces+": "traces lr1 lr4 tb2",
    "traces+1": "traces lr1 lr4",
    "+tb2": "tasks traces lr1 tb2",
    "2+tb2": "traces lr1 tb2",
    "1+traces+1": "tasks traces lr1 lr4",
    "state:failed+": "lr1 tb2",
    "tasks v1.5": "tasks v1.5",
    "": "tasks traces lr1 lr4 tb2 v1.5",
}

SHORT = dict(zip(EDGES, ["tasks", "traces", "lr1", "lr4", "tb2", "v1.5"], strict=True))


def _words(stages: tuple[Stage, ...]) -> str:
    return " ".join(SHORT[stage.label] for stage in stages)


@pytest.mark.parametrize("text", CHOSEN)
def test_selectors_choose_stages_in_the_order_of_the_graph(text: str) -> None:
    chosen = choose(STAGES, text.split(), states=STATES)

    assert _words(chosen) == CHOSEN[text]


def test_what_is_excluded_is_not_chosen() -> None:
    chosen = choose(STAGES, ["+tb2"], exclude=["traces", "state:failed"], states=STATES)

    assert _words(chosen) == "tasks tb2"


def test_everything_but_the_excluded_is_chosen_where_nothing_is_selected() -> None:
    chosen = choose(STAGES, [], exclude=["traces+"])

    assert _words(chosen) == "tasks v1.5"


def test_a_stage_answers_to_every_address_it_has() -> None:
    shared = _stage("dataset.a/fetch", [])
    twice = Stage(
        **{name: getattr(shared, name) for name in Stage.__slots__ if name != "addresses"},
        addresses=(parse("dataset.a"), parse("dataset.b")),
    )

    chosen = choose([twice], ["b"])

    assert chosen == (twice,)


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("trainning.sft", "did you mean `training.sft`"),
        ("+tsks", "`tasks`"),
        ("2+sft[lr=1]+", "`training.sft[lr=1.0e-5,seed=1]/train`"),
        ("sft/evaluate", "[lr=4.0e-5,seed=1]/train`?"),
        ("kind:evals", "did you mean `eval`?"),
        ("cluster:nowhere", "there is near, far"),
    ],
)
def test_a_name_that_is_not_declared_is_refused_with_what_comes_close(
    text: str, help_: str
) -> None:
    with pytest.raises(Usage) as refused:
        choose(STAGES, [text])

    assert refused.value.message == f"nothing that is declared answers to `{text}`"
    assert help_ in refused.value.help


def test_a_misspelt_exclusion_is_refused_too() -> None:
    with pytest.raises(Usage, match="tracse"):
        choose(STAGES, [], exclude=["tracse"])


def test_a_chain_of_thousands_is_followed_to_its_end() -> None:
    chain = [_stage("script.s0/run", [])]
    chain += [_stage(f"script.s{n}/run", [f"script.s{n - 1}/run"]) for n in range(1, 5000)]

    assert len(choose(chain, ["s0+"])) == 5000
