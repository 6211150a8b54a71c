"""The graph is drawn as a tree, in DOT and in Mermaid, with what is planned if it is known."""

from otplan.core.graph import Resolved
from otplan.core.plan import Action
from otplan.views.dot import FILLS, dot
from otplan.views.graph import Node, nodes
from otplan.views.mermaid import mermaid
from otplan.views.style import Style
from otplan.views.tree import tree
from tests.views.golden import check
from tests.views.worlds import EVERY, GRAPH, WORKSPACE, stage

PLAIN = Style(width=80)


def test_a_tree_shows_every_stage_once() -> None:
    check("graph.txt", tree(nodes(GRAPH), PLAIN))


def test_a_tree_shows_what_is_planned() -> None:
    check("graph-plan.txt", tree(nodes(GRAPH, EVERY), PLAIN))


def test_a_graph_is_drawn_for_graphviz() -> None:
    check("graph.dot", dot("nl2bash", nodes(GRAPH, EVERY)))


def test_a_graph_is_drawn_for_mermaid() -> None:
    check("graph.mmd", mermaid(nodes(GRAPH, EVERY)))


def test_nothing_in_a_label_ends_its_quotes() -> None:
    evil = (Node('script.a[x="1"\\]/run', ()), Node("script.b[x=<b>#]/run", ()))

    assert r'"script.a[x=\"1\"\\]/run"' in dot("w", evil)
    assert '["script.a[x=#quot;1#quot;\\]/run"]' in mermaid(evil)
    assert '["script.b[x=#lt;b#gt;#35;]/run"]' in mermaid(evil)


def test_a_graph_without_stages_is_empty() -> None:
    empty = nodes(Resolved(WORKSPACE, ()))

    assert tree(empty, PLAIN) == ""
    assert mermaid(empty) == "flowchart LR\n"


def test_a_chain_of_thousands_stays_narrow() -> None:
    chain = [stage("script.s0/run")]
    chain += [stage(f"script.s{n}/run", f"script.s{n - 1}/run") for n in range(1, 5000)]

    lines = tree(nodes(Resolved(WORKSPACE, tuple(chain))), PLAIN).splitlines()

    assert len(lines) == 5000
    assert max(map(len, lines)) < 80
    assert lines[-1].endswith("(4999) script.s4999/run")


def test_every_action_has_a_colour() -> None:
    assert set(FILLS) == set(Action)
