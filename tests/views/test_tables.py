"""Tables: status, results, history and clusters, as wide as the terminal at most."""

import json as reader
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otplan import shipped
from otplan.core.catalog import CatalogKey, CatalogRow
from otplan.core.cluster import Cluster
from otplan.core.told import HistoryRow, Results, StatusRow
from otplan.core.values import Value
from otplan.errors import Place
from otplan.views import clusters, history, results, status
from otplan.views.lines import columns
from otplan.views.style import Style, Tone
from otplan.views.table import filled, table
from tests.views.golden import check
from tests.views.worlds import HOUR, NOW

DAY = 24 * HOUR

PLAIN = Style(width=80)
WIDE = Style(width=200)

STATUS = (
    StatusRow("dataset.tasks", "generate", "done", "", "17", NOW - 2 * HOUR, 1, 872, 7200),
    StatusRow("training.sft[lr=1.0e-5]", "train", "running", "", "4711", NOW - 72, 2, 72, DAY),
    StatusRow("training.sft[lr=4.0e-5]", "train", "failed", "ran out of memory", "big:9", 0, 1),
    StatusRow("training.b", "train", "queued", "", "12", NOW - 9, 1, expected=NOW + 2 * HOUR),
    StatusRow("training.c", "train", "queued", "", "13", NOW - 9, 1, expected=NOW - 9),
    StatusRow("eval.tb2", "evaluate", "waiting", "for training.sft[lr=4.0e-5]/train"),
)

HISTORY = (
    HistoryRow(NOW - 2 * HOUR, "apply", user="alice", detail="approval 3: 2 to submit"),
    HistoryRow(NOW - 2 * HOUR, "submitted", "training.sft/train", 1, "big:4711", "alice"),
    HistoryRow(NOW - 60, "ended", "training.sft/train", 1, "big:4711", detail="timeout"),
)

RESULTS = {
    "models": [
        CatalogRow(CatalogKey("models", "sft-1"), {"training": "sft", "loss": 1.23456789}),
        CatalogRow(CatalogKey("models", "sft-2"), {"training": "sft", "loss": 12, "tags": []}),
    ],
    "evals": [
        CatalogRow(
            CatalogKey("evals", "tb2-sft-1"),
            {
                "model": "sft-1",
                "metrics": {"accuracy": 0.5, "bits": {"mean": 2.0, "name": "x"}},
                "tags": ["a", "b"],
                "empty": None,
                "ok": True,
            },
        ),
    ],
    "agents": [],
}

CLUSTERS = (
    Cluster("local", "local", "/home/me/exp", Place("clusters/local.yaml"), cpus=8, gpus=0),
    Cluster(
        "big",
        "slurm",
        "/scratch/me/exp",
        Place("clusters/big.yaml"),
        login="big-login",
        env={"NCCL_DEBUG": "INFO"},
        facts={"internet": "login", "partitions": {"gpu": {"time": "24:00:00", "nodes": None}}},
    ),
)


@pytest.mark.parametrize("width", [50, 80, 200])
def test_status_fits_the_terminal(width: int) -> None:
    drawn = status.text(STATUS, Style(width=width), now=NOW)

    check(f"status-{width}.txt", drawn)
    assert max(map(len, drawn.splitlines())) <= width


def test_states_are_coloured_and_spaces_are_not() -> None:
    drawn = status.text(STATUS, Style(width=200, color=True), now=NOW)

    assert "\x1b[32mdone\x1b[0m   " in drawn
    assert "\x1b[31mfailed\x1b[0m " in drawn


def test_status_is_a_document() -> None:
    check("status.json", status.json(STATUS))


def test_nothing_declared_is_said() -> None:
    assert status.text((), PLAIN, now=NOW) == "Nothing is declared.\n"


def test_results_are_a_table_for_each_table_with_metrics_as_columns() -> None:
    check("results.txt", results.text(Results(RESULTS), WIDE))


def test_results_are_a_document_with_values_as_they_are() -> None:
    told = reader.loads(results.json(Results(RESULTS)))["tables"]

    assert told["models"][0]["values"]["loss"] == 1.23456789


def _measured(name: str, benchmark: str, **metrics: Value) -> CatalogRow:
    values = {
        "benchmark": benchmark,
        "location": "/a",
        "description": "b",
        "started": 1,
        "ended": 2,
    }
    address = f"eval.{name}"
    return CatalogRow(CatalogKey("evals", address), {**values, "metrics": metrics}, address=address)


def test_results_of_different_benchmarks_are_told_apart_and_say_how_sure_they_are() -> None:
    rows = [
        _measured("a", "chess", elo=1200, won=0.51234, won_stderr=0.0123),
        _measured("b", "chess", elo=12345, won=0.5, won_stderr=0.0456),
        _measured("c", "go", loss=1.5),
    ]

    drawn = results.text(Results({"evals": rows}, {"eval.c": "not declared any more"}), PLAIN)

    assert drawn == (
        "evals, chess (2 rows)\n\n"
        "name       elo             won\n"
        "eval.a   1,200  0.512 +- 0.012\n"
        "eval.b  12,345  0.500 +- 0.046\n\n"
        "evals, go (1 row)\n\n"
        "name     loss  remark\n"
        "eval.c  1.500  not declared any more\n"
    )


def test_results_that_are_wider_than_the_terminal_are_told_one_below_the_other() -> None:
    rows = [_measured("a" * 20, "chess", elo=1, played=2), _measured("b", "chess", elo=3)]

    drawn = results.text(Results({"evals": rows}), Style(width=30))

    assert drawn == (
        f"evals, chess (2 rows)\n\neval.{'a' * 20}\n  elo     1\n  played  2\neval.b\n  elo     3\n"
    )


def test_an_empty_catalog_says_so() -> None:
    assert results.text(Results({"models": []}), PLAIN) == "Nothing was made yet.\n"


def test_history_tells_the_newest_first() -> None:
    check("history.txt", history.text(HISTORY, PLAIN, now=NOW))


def test_history_is_a_document() -> None:
    assert [row["what"] for row in reader.loads(history.json(HISTORY))["history"]] == [
        "apply",
        "submitted",
        "ended",
    ]


def test_no_history_says_so() -> None:
    assert history.text((), PLAIN, now=NOW) == "Nothing happened yet.\n"


def test_clusters_are_listed() -> None:
    check("clusters.txt", clusters.text(CLUSTERS, PLAIN))


def test_a_cluster_is_shown_in_full_and_says_what_is_not_known() -> None:
    check("cluster.txt", clusters.one(CLUSTERS[1], PLAIN))


def test_clusters_are_a_document() -> None:
    told = reader.loads(clusters.json(CLUSTERS))["clusters"]

    assert told[1]["cpus"] is None
    assert told[1]["facts"]["internet"] == "login"


def test_of_a_cluster_that_comes_with_otplan_no_path_is_told() -> None:
    place = Place(str(shipped.folder("clusters") / "local.yaml"))

    drawn = clusters.text([replace(CLUSTERS[0], place=place)], PLAIN)

    assert drawn.splitlines()[1].endswith("anything  shipped")


def test_no_clusters_says_so() -> None:
    assert clusters.text((), PLAIN) == "No cluster is described.\n"


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    drawn = table(("N", "WORD"), [("1", "a"), ("1,000", "bb"), ("-2.5e-05", "")], PLAIN)

    assert drawn == "       N  WORD\n       1  a\n   1,000  bb\n-2.5e-05\n"


def test_a_column_with_one_word_in_it_is_no_column_of_numbers() -> None:
    assert table(("N",), [("1",), ("none",)], PLAIN) == "N\n1\nnone\n"


def test_wide_characters_take_two_columns() -> None:
    assert table(("A", "B"), [("名前", "x"), ("ab", "y")], PLAIN) == "A     B\n名前  x\nab    y\n"


def test_a_cell_of_several_lines_stays_one_row() -> None:
    assert table(("A",), [("a\nb\tc\x1b",)], PLAIN) == "A\na b c\\x1b\n"


def test_a_colour_does_not_move_the_next_column() -> None:
    drawn = table(("A", "B"), [("ok", "x")], Style(color=True), {"ok": Tone.GREEN})

    assert drawn.splitlines()[1] == "\x1b[32mok\x1b[0m  x"


def test_columns_that_are_empty_are_left_out() -> None:
    assert filled(("A", "B"), [("1", ""), ("2", "")]) == (["A"], [["1"], ["2"]])


@given(
    st.lists(st.tuples(st.text(max_size=90), st.text(max_size=9), st.text(max_size=40))),
    st.integers(30, 120),
)
def test_no_table_is_wider_than_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    drawn = table(("A", "B", "C"), rows, Style(width=width))

    assert all(columns(line) <= width for line in drawn.split("\n"))
    assert drawn.count("\n") == len(rows) + 1
