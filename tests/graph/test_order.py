"""The order of a graph: parents first, always the same, however large."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from otplan.graph.order import children, generations, order, shortest_cycle

Graph = dict[int, list[int]]


@st.composite
def graphs(draw: st.DrawFn, most: int = 7) -> Graph:
    """Return a graph of a few keys with any arrows between them, cycles included."""
    keys = range(draw(st.integers(0, most)))
    arrows = (
        draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys)), max_size=12))
        if keys
        else []
    )
    return {key: [parent for child, parent in arrows if child == key] for key in keys}


@st.composite
def dags(draw: st.DrawFn) -> Graph:
    """Return a graph without a cycle, its keys in any order."""
    keys = draw(st.permutations(range(draw(st.integers(1, 9)))))
    parents = {
        key: draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        for place, key in enumerate(keys)
    }
    return {key: parents[key] for key in draw(st.permutations(keys))}


@given(dags())
def test_parents_come_first_and_every_key_once(parents: Graph) -> None:
    found = order(parents) or ()

    place = {key: i for i, key in enumerate(found)}
    assert sorted(found) == sorted(parents)
    assert all(place[p] < place[key] for key, above in parents.items() for p in above)


@given(dags())
def test_equal_graphs_have_one_order(parents: Graph) -> None:
    assert order(parents) == order(dict(parents))


def test_what_hangs_on_nothing_stays_in_the_order_given() -> None:
    assert order({"c": [], "a": [], "b": []}) == ("c", "a", "b")


@given(graphs())
def test_there_is_an_order_or_a_cycle(parents: Graph) -> None:
    assert (order(parents) is None) == bool(shortest_cycle(parents))


@given(graphs())
def test_the_cycle_named_is_one_of_the_shortest(parents: Graph) -> None:
    found = shortest_cycle(parents)

    assert len(found) == _shortest(parents)
    assert all(
        parent in parents[key] for key, parent in zip(found, (*found[1:], *found[:1]), strict=True)
    )


def test_a_key_that_hangs_on_itself_is_the_shortest_cycle() -> None:
    assert shortest_cycle({"a": ["b"], "b": ["a", "b"]}) == ("b",)


def test_an_empty_graph_has_an_order_and_no_cycle() -> None:
    assert (order({}), shortest_cycle({}), generations({}), children({})) == ((), (), [], {})


def test_a_chain_of_five_thousand_has_an_order() -> None:
    parents = {i: [i - 1] if i else [] for i in range(5000)}

    assert order(dict(reversed(parents.items()))) == tuple(range(5000))


def test_a_ring_of_five_thousand_is_named_whole() -> None:
    parents = {i: [(i - 1) % 5000] for i in range(5000)}

    assert len(shortest_cycle(parents)) == 5000


def test_a_small_cycle_is_found_in_a_knot_of_thousands() -> None:
    parents = {i: [(i + 1) % 3000] for i in range(3000)} | {7: [8, 5]}

    assert set(shortest_cycle(parents)) == {5, 6, 7}


def test_two_thousand_children_of_one_come_in_one_wave() -> None:
    parents: dict[int, list[int]] = {0: []} | {i: [0] for i in range(1, 2001)}
    parents[2001] = list(range(1, 2001))

    assert [len(wave) for wave in generations(parents)] == [1, 2000, 1]


@given(dags())
def test_a_wave_holds_what_can_go_once_the_earlier_ones_are_in(parents: Graph) -> None:
    waves = generations(parents)

    depth = {key: i for i, wave in enumerate(waves) for key in wave}
    assert sorted(depth) == sorted(parents)
    for key, above in parents.items():
        assert depth[key] == 1 + max((depth[p] for p in above), default=-1)


@given(dags())
def test_children_are_the_arrows_turned_round(parents: Graph) -> None:
    turned = children(parents)

    pairs = {(key, parent) for key, above in parents.items() for parent in above}
    assert {(key, parent) for parent, below in turned.items() for key in below} == pairs


def _shortest(parents: Graph) -> int:
    """Return the length of a shortest cycle by trying every ring of keys, 0 if there is none."""
    for length in range(1, len(parents) + 1):
        for ring in permutations(parents, length):
            if all(ring[i] in parents[ring[i - 1]] for i in range(length)):
                return length
    return 0
