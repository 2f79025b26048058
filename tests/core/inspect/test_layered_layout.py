"""The layout keeps boxes apart, edges short and the order of computation from left to right."""

import itertools
import random

import pytest

from core.inspect.graph.layered_layout import layered_layout


def test_a_chain_is_a_straight_line() -> None:
    laid = layered_layout([0, 1, 2], [(0, 1), (1, 2)])
    assert [laid.places[n] for n in (0, 1, 2)] == [(0, 0), (1, 0), (2, 0)]
    assert (laid.columns, laid.rows) == (3, 1)


def test_a_leaf_stands_beside_what_uses_it() -> None:
    laid = layered_layout([0, 1, 3, 2], [(0, 1), (1, 2), (3, 2)])
    assert laid.places[3][0] == 1


def test_a_long_edge_passes_between_the_boxes() -> None:
    laid = layered_layout([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3), (0, 3)])
    route = laid.routes[3]
    assert [x for x, _ in route] == [0, 1, 2, 3]
    for place in route[1:-1]:
        assert all(abs(place[1] - y) >= 1 for x, y in laid.places.values() if x == place[0])


def test_two_that_would_cross_change_places() -> None:
    laid = layered_layout([0, 1, 2, 3], [(0, 3), (1, 2)])
    above_left = laid.places[0][1] < laid.places[1][1]
    above_right = laid.places[3][1] < laid.places[2][1]
    assert above_left == above_right


@pytest.mark.parametrize("seed", range(5))
def test_no_two_boxes_overlap_and_edges_lead_right(seed: int) -> None:
    chance = random.Random(seed)
    edges = [(chance.randrange(b), b) for b in range(1, 60) for _ in range(2)]
    laid = layered_layout(range(60), edges)
    taken = sorted(laid.places.values())
    for (x1, y1), (x2, y2) in itertools.pairwise(taken):
        assert x1 < x2 or y2 - y1 > 1 - 1e-9
    assert all(laid.places[a][0] < laid.places[b][0] for a, b in edges)
    assert min(y for _, y in taken) >= 0 and max(y for _, y in taken) <= laid.rows - 1


def test_nothing_and_loops_are_no_trouble() -> None:
    assert layered_layout([], []).columns == 0
    laid = layered_layout([0, 1], [(0, 1), (1, 0)])
    assert [route[0] for route in laid.routes] == [laid.places[0], laid.places[1]]
