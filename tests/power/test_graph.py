"""Depth-first numbering: everything below a point is a slice, and every loop is found."""

import random

import numpy as np
import pytest

from tieline.power.kernels.graph import number_zones, preorder

SWITCH = 2


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def run(n: int, edges: list[tuple[int, int, int]], roots: list[int]) -> tuple[np.ndarray, ...]:
    u, v, kind = (ints([e[k] for e in edges]) for k in range(3))
    return preorder(n, u, v, kind, ints(roots))


def forest(seed: int) -> tuple[int, list[tuple[int, int, int]], list[int], dict[int, int]]:
    """A random forest: its edges shuffled and turned, roots, and the parent of each node."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    n, n_roots = rng.randint(2, 60), rng.randint(1, 3)
    n_roots = min(n_roots, n - 1)
    names = rng.sample(range(n), n)
    parent = {names[i]: names[rng.randrange(i)] for i in range(n_roots, n)}
    edges = [
        (*(rng.sample([a, b], 2)), rng.choice([0, 1, SWITCH])) for a, b in parent.items()
    ]
    rng.shuffle(edges)
    return n, edges, names[:n_roots], parent


@pytest.mark.parametrize("seed", range(20))
def test_whatever_lies_below_a_node_is_a_slice(seed: int) -> None:
    n, edges, roots, above = forest(seed)
    order, parent, edge, end, loop = run(n, edges, roots)
    assert sorted(order) == list(range(n))
    assert not loop.size
    below: dict[int, set[int]] = {x: {x} for x in range(n)}
    for x in range(n):
        y = x
        while y in above:
            y = above[y]
            below[y].add(x)
    for i in range(n):
        assert set(order[i : end[i]]) == below[int(order[i])]
        if order[i] in above:
            assert order[parent[i]] == above[int(order[i])]
            assert set(edges[edge[i]][:2]) == {int(order[i]), above[int(order[i])]}
        else:
            assert parent[i] == edge[i] == -1


@pytest.mark.parametrize("seed", range(20))
def test_every_further_edge_closes_a_loop_or_gives_a_root_a_parent(seed: int) -> None:
    n, edges, roots, above = forest(seed)
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    a, b = rng.sample(range(n), 2)
    while above.get(a) == b or above.get(b) == a:
        a, b = rng.sample(range(n), 2)
        if n == 2:
            return
    order, parent, _, _, loop = run(n, [*edges, (a, b, 0)], roots)
    fed_from_elsewhere = [x for x in roots if parent[list(order).index(x)] >= 0]
    assert loop.size + len(fed_from_elsewhere) == 1


def test_parallel_switches_are_no_loop_but_parallel_branches_are() -> None:
    for kinds, loops in (((2, 2), 0), ((2, 2, 2), 0), ((0, 2), 1), ((2, 0), 1), ((0, 0), 1)):
        found = run(3, [(0, 1, 0), *((1, 2, k) for k in kinds)], [0])[4]
        assert found.size == loops, kinds


def test_an_edge_from_a_node_to_itself_is_a_loop() -> None:
    assert run(2, [(0, 1, 0), (1, 1, 0)], [0])[4].size == 1


def test_what_no_root_reaches_has_no_position() -> None:
    order = run(5, [(0, 1, 0), (2, 3, 0)], [0])[0]
    assert list(order) == [0, 1]


def test_zones_are_numbered_by_first_visit_and_begin_below_a_switch() -> None:
    parent = ints([-1, 0, 1, 1, 3, 0, -1])
    crosses = np.array([False, True, False, True, False, False, False])
    zone, head = number_zones(parent, crosses)
    assert list(zone) == [0, 1, 1, 2, 2, 0, 3]
    assert list(head) == [0, 1, 3, 6]
