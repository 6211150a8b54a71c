"""Matrices and references: who carries whose labels along, and what does not fit."""

from pathlib import Path

import pytest

from otplan.load import matrix
from tests.load.build import loaded, said, sound

TRAINING = """
trainings:
  sft: {model: m, datasets: [d], script: program.py, matrix: {lr: [1.0e-5, 2.0e-5], seed: [1, 2]}}
datasets:
  d: {generate: {script: program.py}}
  e: {generate: {script: program.py}, matrix: {lr: [1.0e-5, 2.0e-5]}}
evals:
"""
EVAL = "  e: {{model: {}, benchmark: b, script: program.py{}}}\n"


def _targets(folder: Path, reference: str, more: str = "") -> dict[str, list[str]]:
    resources = sound(folder, TRAINING + EVAL.format(reference, more))
    return {
        address: [str(target) for one in resource.references for target in one.targets]
        for address, resource in resources.items()
        if address.startswith("eval.")
    }


def test_a_matrix_makes_a_resource_for_every_combination_as_written(tmp_path: Path) -> None:
    addresses = list(sound(tmp_path, TRAINING + "  {}"))

    assert addresses[:4] == [
        "training.sft[lr=1.0e-5,seed=1]",
        "training.sft[lr=1.0e-5,seed=2]",
        "training.sft[lr=2.0e-5,seed=1]",
        "training.sft[lr=2.0e-5,seed=2]",
    ]


def test_a_plain_reference_carries_all_labels_along(tmp_path: Path) -> None:
    targets = _targets(tmp_path, "sft")

    assert len(targets) == 4
    assert targets["eval.e[lr=1.0e-5,seed=2]"] == ["training.sft[lr=1.0e-5,seed=2]"]


def test_a_picked_label_is_not_carried(tmp_path: Path) -> None:
    targets = _targets(tmp_path, '"sft[lr=2.0e-5]"')

    assert targets["eval.e[seed=1]"] == ["training.sft[lr=2.0e-5,seed=1]"]
    assert len(targets) == 2


def test_a_star_takes_all_as_inputs_of_one(tmp_path: Path) -> None:
    [found] = _targets(tmp_path, '"sft[*]"').values()

    assert len(found) == 4


def test_a_star_for_one_label_carries_the_others(tmp_path: Path) -> None:
    targets = _targets(tmp_path, '"sft[seed=*]"')

    assert targets["eval.e[lr=1.0e-5]"] == [
        "training.sft[lr=1.0e-5,seed=1]",
        "training.sft[lr=1.0e-5,seed=2]",
    ]


def test_equal_labels_join_and_others_multiply(tmp_path: Path) -> None:
    targets = _targets(tmp_path, "sft", ", inputs: {data: dataset.e}, matrix: {n: [1, 2]}")

    assert len(targets) == 8
    assert targets["eval.e[lr=1.0e-5,n=2,seed=1]"] == [
        "dataset.e[lr=1.0e-5]",
        "training.sft[lr=1.0e-5,seed=1]",
    ]


def test_a_carried_label_is_a_value_like_any_other(tmp_path: Path) -> None:
    body = TRAINING + EVAL.format("sft", ', args: {lr: "${matrix.lr}"}')

    resource = sound(tmp_path, body)["eval.e[lr=2.0e-5,seed=1]"]

    assert resource.get("args.lr") == 2.0e-5


def test_a_reference_may_depend_on_an_own_label(tmp_path: Path) -> None:
    targets = _targets(tmp_path, '"sft[lr=${matrix.r},seed=1]"', ", matrix: {r: [1.0e-5, 2.0e-5]}")

    assert targets == {
        "eval.e[r=1.0e-5]": ["training.sft[lr=1.0e-5,seed=1]"],
        "eval.e[r=2.0e-5]": ["training.sft[lr=2.0e-5,seed=1]"],
    }


def test_references_of_a_field_are_one_with_the_name_the_program_sees(tmp_path: Path) -> None:
    resources = sound(
        tmp_path, TRAINING + EVAL.format('"sft[*]"', ", inputs: {Held-out: [d, sft]}")
    )

    found = next(iter(one for key, one in resources.items() if key.startswith("eval."))).references

    assert {one.path: one.inside for one in found} == {
        "inputs.Held-out": "HELD-OUT",
        "model": "MODEL",
    }
    assert str(found[0].targets[0]) == "dataset.d"


def test_an_open_field_takes_other_text(tmp_path: Path) -> None:
    assert _targets(tmp_path, "Qwen/Qwen3-8B") == {"eval.e": []}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (EVAL.format("sftt", ""), "OT315 `sftt` is no training or consolidation of this manifest;"),
        (EVAL.format("sft", ", inputs: {x: y}"), "OT310 There is no dataset or training or"),
        (EVAL.format('"sft[lt=1]"', ""), "OT313 `sft` has no matrix label `lt`."),
        (EVAL.format('"sft[lr=1.0e-6]"', ""), "OT313 `sft` has no lr=1.0e-6."),
        (EVAL.format('"sft[lr]"', ""), "OT314 The labels in `sft[lr]` cannot be read."),
        (
            EVAL.format("sft", ", inputs: {x: e}"),
            "OT312 `e` is declared as `dataset.e` or `eval.e`",
        ),
        (EVAL.format("sft", ", matrix: {lr: [1.0e-5]}"), "OT308 Labels must match: `sft` has lr="),
        (
            EVAL.format("sft", ", matrix: {lr: [1.0e-5, 2.0e-5, 3.0e-5]}"),
            "OT308 Labels must match: this resource has lr=3.0e-5, which `sft` has not.",
        ),
        (
            EVAL.format("sft", ", matrix: {n: [1, 1]}"),
            "OT307 `1` is twice among the values of `n`.",
        ),
        (EVAL.format("sft", ', matrix: {n: ["a,b"]}'), "OT205 `n` cannot be `a,b`."),
        (EVAL.format("sft", ', args: {x: "${matrix.rl}"}'), "OT306 There is no matrix label `rl`."),
    ],
)
def test_what_does_not_fit_together_is_told_once(tmp_path: Path, body: str, expected: str) -> None:
    [found] = said(loaded(tmp_path, TRAINING + body))

    assert expected in found


def test_a_kind_in_front_tells_equal_names_apart(tmp_path: Path) -> None:
    targets = _targets(tmp_path, "x", ", inputs: {x: dataset.e}")

    assert targets["eval.e[lr=1.0e-5]"] == ["dataset.e[lr=1.0e-5]"]


def test_a_cycle_is_left_for_the_graph(tmp_path: Path) -> None:
    body = """
    scripts:
      a: {script: program.py, inputs: {x: b}}
      b: {script: program.py, inputs: {x: a}}
      c: {script: program.py, inputs: {x: a}}
    """

    resources = sound(tmp_path, body)

    assert [str(one.references[0].targets[0]) for one in resources.values()] == [
        "script.b",
        "script.a",
        "script.a",
    ]


def test_a_matrix_of_too_many_is_refused_before_it_is_made(tmp_path: Path) -> None:
    values = list(range(100))
    body = (
        f"scripts:\n  s: {{script: program.py, matrix: {{a: {values}, b: {values}, c: {values}}}}}"
    )

    [found] = said(loaded(tmp_path, body))

    assert "OT309 This matrix makes 1,000,000 resources" in found


def test_joins_of_too_many_are_refused_before_they_are_made(tmp_path: Path) -> None:
    values = list(range(300))
    each = "{{script: program.py, matrix: {{{}: {}}}, inputs: {{{}}}}}"
    body = "scripts:\n" + "\n".join(
        f"  {name}: " + each.format(name, values, f"x: {above}" if above else "")
        for name, above in (("a", ""), ("b", "a"), ("c", "b"))
    )

    found = said(loaded(tmp_path, body))

    assert any("OT309" in one for one in found)


def test_a_join_keeps_own_values_and_names_those_without_partner() -> None:
    from tests.load.build import node

    one, two, three = (node(text) for text in ("1", "2", "3"))

    joined = matrix.join([{"a": one}, {"a": two}], [{"a": two}, {"a": three}])

    assert [row["a"].text for row in joined.rows] == ["2"]
    assert joined.left == [(("a", "1"),)]
    assert joined.right == [(("a", "3"),)]


def test_combinations_must_have_the_same_labels(tmp_path: Path) -> None:
    more = ", inputs: {x: '${matrix.x}'}, matrix: {x: [d, dataset.e]}"

    found = said(loaded(tmp_path, TRAINING + EVAL.format("open/model", more)))

    assert [one.split()[1] for one in found] == ["OT308"]


def test_labels_are_carried_down_a_chain_in_any_order_of_writing(tmp_path: Path) -> None:
    body = """
    scripts:
      c: {script: program.py, inputs: {x: b}}
      b: {script: program.py, inputs: {x: a}}
      a: {script: program.py, matrix: {n: [1, 2]}}
    """

    found = [str(one) for one in sound(tmp_path, body)]

    assert found[:4] == ["script.c[n=1]", "script.c[n=2]", "script.b[n=1]", "script.b[n=2]"]
