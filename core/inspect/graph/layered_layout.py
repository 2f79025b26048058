"""Layered graph layout: columns from left to right, few crossings, short edges.

After Sugiyama, Tagawa & Toda 1981: each node one column right of the last that it needs; long
edges get invisible nodes in the columns that they cross; the order inside a column follows the
middle of the neighbours; at last every box moves towards its neighbours as far as there is room.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SWEEPS = 6

Point = tuple[float, float]


@dataclass(frozen=True)
class GraphLayout:
    """Places (column, row), rows possibly between two; of each edge the places it passes.

    An edge's points begin at its source and end at its target. `columns` and `rows` tell how much
    room there is to be.
    """

    places: Mapping[int, Point]
    routes: tuple[tuple[Point, ...], ...]
    columns: int
    rows: float


def layered_layout(nodes: Sequence[int], edges: Sequence[tuple[int, int]]) -> GraphLayout:
    """Lay out `nodes`, given in an order of computation, and `edges` (from, to) between them.

    An edge that leads back in that order is drawn, but moves no column.
    """
    rank = {node: number for number, node in enumerate(nodes)}
    columns = _columns(nodes, edges, rank)
    chains: list[list[int]] = []
    column = dict(columns)
    shadow = -1  # invisible nodes are numbered downwards, beyond all real ones
    lowest = min([0, *nodes])
    for a, b in edges:
        chain = [a]
        step = 1 if columns[b] > columns[a] else -1
        for between in range(columns[a] + step, columns[b], step):
            number = lowest + shadow
            shadow -= 1
            column[number] = between
            chain.append(number)
        chains.append([*chain, b])
    rows = _rows(column, chains, rank)
    top = min(rows.values(), default=0.0)
    places = {node: (float(column[node]), rows[node] - top) for node in column}
    return GraphLayout(
        {node: places[node] for node in nodes},
        tuple(tuple(places[node] for node in chain) for chain in chains),
        max(columns.values(), default=-1) + 1,
        max((y for _, y in places.values()), default=-1.0) + 1,
    )


def _columns(
    nodes: Sequence[int], edges: Sequence[tuple[int, int]], rank: Mapping[int, int]
) -> dict[int, int]:
    """As far left as possible; what needs nothing itself stands beside its first user."""
    sources: dict[int, list[int]] = {node: [] for node in nodes}
    users: dict[int, list[int]] = {node: [] for node in nodes}
    for a, b in edges:
        if rank[a] < rank[b]:
            sources[b].append(a)
            users[a].append(b)
    columns: dict[int, int] = {}
    for node in nodes:
        columns[node] = max((columns[a] + 1 for a in sources[node]), default=0)
    for node in nodes:
        if not sources[node] and users[node]:
            columns[node] = min(columns[b] for b in users[node]) - 1
    return columns


def _rows(
    column: Mapping[int, int], chains: Sequence[Sequence[int]], rank: Mapping[int, int]
) -> dict[int, float]:
    left: dict[int, list[int]] = {node: [] for node in column}
    right: dict[int, list[int]] = {node: [] for node in column}
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            if column[a] < column[b]:
                right[a].append(b)
                left[b].append(a)
            elif column[a] > column[b]:
                right[b].append(a)
                left[a].append(b)
    layers: dict[int, list[int]] = {}
    for node in sorted(column, key=lambda node: rank.get(node, len(rank))):
        layers.setdefault(column[node], []).append(node)
    order = sorted(layers)
    rows = {node: float(i) for layer in layers.values() for i, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        near = left if forward else right
        for number in order if forward else order[::-1]:
            layers[number].sort(key=lambda node: _middle(near[node], rows, rows[node]))
            for i, node in enumerate(layers[number]):
                rows[node] = float(i)
    for sweep in range(_SWEEPS):
        for number in order if sweep % 2 else order[::-1]:
            layer = layers[number]
            wanted = [_middle(left[n] + right[n], rows, rows[n]) for n in layer]
            rows.update(zip(layer, _apart(wanted), strict=True))
    return rows


def _middle(neighbours: Sequence[int], rows: Mapping[int, float], otherwise: float) -> float:
    if not neighbours:
        return otherwise
    return sum(rows[node] for node in neighbours) / len(neighbours)


def _apart(wanted: Sequence[float]) -> list[float]:
    """Rows in the same order, at least one apart, as near to the wanted ones as least squares has.

    Neighbours that would overlap form a block, and a block stands where its members want it in
    the mean (pool adjacent violators).
    """
    blocks: list[tuple[float, int]] = []  # sum of wanted − own number, count
    for number, row in enumerate(wanted):
        total, count = row - number, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            earlier, members = blocks.pop()
            total, count = total + earlier, count + members
        blocks.append((total, count))
    placed: list[float] = []
    for total, count in blocks:
        for _ in range(count):
            placed.append(total / count + len(placed))
    return placed
