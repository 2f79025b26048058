"""A computation graph as a picture: DOT for Graphviz, and SVG that needs nobody."""

from html import escape
from typing import TYPE_CHECKING

from core.formatting import format_duration

if TYPE_CHECKING:
    from core.autograd.profiler import Time
    from core.inspect.graph.graph import Graph

_COLUMN, _ROW, _WIDTH, _HEIGHT, _LINE = 190, 30, 170, 46, 17
_DOT_STYLES = {
    "leaf": "shape=ellipse",
    "op": "shape=box",
    "module": "shape=box3d",
    "part": "shape=box style=dashed",
}
_FILLS = {"leaf": "#ffe8cc", "op": "#e3eefc", "module": "#dcefe4", "part": "#f1e6fa"}


def to_dot(graph: "Graph") -> str:
    """For Graphviz."""
    lines = ["digraph {", "  rankdir=LR;"]
    for node in graph.nodes:
        words = [node.label, shape_words(node.shape), *([time_words(node.time)] * bool(node.time))]
        text = "\\n".join(words).replace('"', "'")
        lines.append(f'  n{node.id} [label="{text}" {_DOT_STYLES[node.kind]}];')
    lines += [f"  n{a} -> n{b};" for a, b in graph.edges]
    return "\n".join([*lines, "}"])


def to_svg(graph: "Graph") -> str:
    """A picture: each node stands one column right of the last node that it needs."""
    places = _places(graph)
    tall = _HEIGHT + _LINE * any(node.time for node in graph.nodes)
    row = tall + _ROW
    width = (max((x for x, _ in places.values()), default=0) + 1) * _COLUMN + 20
    height = (max((y for _, y in places.values()), default=0) + 1) * row + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">'
    ]
    for a, b in graph.edges:
        (ax, ay), (bx, by) = places[a], places[b]
        x1, y1 = 10 + ax * _COLUMN + _WIDTH, 10 + ay * row + tall / 2
        x2, y2 = 10 + bx * _COLUMN, 10 + by * row + tall / 2
        middle = (x1 + x2) / 2
        parts.append(
            f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" '
            'stroke="#8a94a3"/>'
        )
    for node in graph.nodes:
        x, y = 10 + places[node.id][0] * _COLUMN, 10 + places[node.id][1] * row
        radius = tall / 2 if node.kind == "leaf" else 6
        dashes = ' stroke-dasharray="4 3"' if node.kind == "part" else ""
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{tall}" rx="{radius}" '
            f'fill="{_FILLS[node.kind]}" stroke="#56616f"{dashes}/>'
        )
        lines = [(node.label, "#1c232b"), (shape_words(node.shape), "#56616f")]
        if node.time:
            lines.append((time_words(node.time), "#56616f"))
        for number, (text, colour) in enumerate(lines):
            parts.append(
                f'<text x="{x + _WIDTH / 2}" y="{y + 19 + _LINE * number}" text-anchor="middle" '
                f'fill="{colour}">{escape(text)}</text>'
            )
    return "".join([*parts, "</svg>"])


def shape_words(shape: tuple[int, ...]) -> str:
    """“64 × 10”, or “number” for a single one."""
    return " × ".join(map(str, shape)) if shape else "number"


def time_words(time: "Time | None") -> str:
    """“120 µs → 1.3 ms ←”: forward, then backward; what was not measured is left out."""
    if time is None:
        return ""
    ways = ((time.forward, "→"), (time.backward, "←"))
    return " ".join(f"{format_duration(t)} {arrow}" for t, arrow in ways if t is not None)


def _places(graph: "Graph") -> dict[int, tuple[int, int]]:
    """(column, row) of every node."""
    columns: dict[int, int] = {}
    sources: dict[int, list[int]] = {}
    users: dict[int, list[int]] = {}
    for a, b in graph.edges:
        sources.setdefault(b, []).append(a)
        users.setdefault(a, []).append(b)
    for node in graph.nodes:
        columns[node.id] = max((columns[a] + 1 for a in sources.get(node.id, ())), default=0)
    for node in graph.nodes:  # a leaf stands beside what uses it
        if node.kind == "leaf" and node.id in users:
            columns[node.id] = min(columns[b] for b in users[node.id]) - 1
    filled: dict[int, int] = {}
    places = {}
    for node in graph.nodes:
        column = columns[node.id]
        places[node.id] = column, filled.get(column, 0)
        filled[column] = filled.get(column, 0) + 1
    return places
