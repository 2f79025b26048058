"""The computation as data: nodes, edges, and what stands in them; to JSON, DOT and SVG.

graph(loss, collapse=2)      modules two levels below the root become one node each
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd.tape import Node
from core.nn import Module

Kind = Literal["leaf", "op", "module"]
_COLUMN, _ROW, _WIDTH, _HEIGHT = 170, 74, 150, 46


@dataclass
class GraphNode:
    """One box of the picture. `values` and `gradients` are there for leaves, by reference."""

    id: int
    kind: Kind
    label: str
    scope: str
    shape: tuple[int, ...]
    ops: tuple[str, ...] = ()
    value: NDArray[Any] | None = None
    gradient: NDArray[Any] | None = None


@dataclass
class Graph:
    """Nodes in order of computation, and edges (from, to) along which values flow."""

    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data: shapes, labels, scopes, and the summary of each leaf."""
        return {
            "nodes": [
                {
                    "id": node.id,
                    "kind": node.kind,
                    "label": node.label,
                    "scope": node.scope,
                    "shape": list(node.shape),
                    "ops": list(node.ops),
                    **_summary("value", node.value),
                    **_summary("gradient", node.gradient),
                }
                for node in self.nodes
            ],
            "edges": [list(edge) for edge in self.edges],
        }

    def to_json(self) -> str:
        """`as_dict` as JSON."""
        return json.dumps(self.as_dict())

    def to_dot(self) -> str:
        """For Graphviz."""
        shapes = {"leaf": "ellipse", "op": "box", "module": "box3d"}
        lines = ["digraph {", "  rankdir=LR;"]
        for node in self.nodes:
            text = f"{node.label}\\n{_shape(node.shape)}".replace('"', "'")
            lines.append(f'  n{node.id} [label="{text}" shape={shapes[node.kind]}];')
        lines += [f"  n{a} -> n{b};" for a, b in self.edges]
        return "\n".join([*lines, "}"])

    def to_svg(self) -> str:
        """A picture: each node stands one column right of the last node that it needs."""
        places = self._places()
        width = (max((x for x, _ in places.values()), default=0) + 1) * _COLUMN + 20
        height = (max((y for _, y in places.values()), default=0) + 1) * _ROW + 20
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12">'
        ]
        for a, b in self.edges:
            (ax, ay), (bx, by) = places[a], places[b]
            x1, y1 = 10 + ax * _COLUMN + _WIDTH, 10 + ay * _ROW + _HEIGHT / 2
            x2, y2 = 10 + bx * _COLUMN, 10 + by * _ROW + _HEIGHT / 2
            middle = (x1 + x2) / 2
            parts.append(
                f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" '
                'stroke="#8a94a3"/>'
            )
        fills = {"leaf": "#ffe8cc", "op": "#e3eefc", "module": "#dcefe4"}
        for node in self.nodes:
            x, y = 10 + places[node.id][0] * _COLUMN, 10 + places[node.id][1] * _ROW
            radius = _HEIGHT / 2 if node.kind == "leaf" else 6
            parts.append(
                f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{radius}" '
                f'fill="{fills[node.kind]}" stroke="#56616f"/>'
                f'<text x="{x + _WIDTH / 2}" y="{y + 19}" text-anchor="middle">'
                f"{escape(node.label)}</text>"
                f'<text x="{x + _WIDTH / 2}" y="{y + 36}" text-anchor="middle" fill="#56616f">'
                f"{_shape(node.shape)}</text>"
            )
        return "".join([*parts, "</svg>"])

    def _places(self) -> dict[int, tuple[int, int]]:
        columns: dict[int, int] = {}
        sources: dict[int, list[int]] = {}
        for a, b in self.edges:
            sources.setdefault(b, []).append(a)
        for node in self.nodes:
            columns[node.id] = max((columns[a] + 1 for a in sources.get(node.id, ())), default=0)
        for node in self.nodes:  # a leaf stands beside what uses it
            users = [columns[b] for a, b in self.edges if a == node.id]
            if node.kind == "leaf" and users:
                columns[node.id] = min(users) - 1
        filled: dict[int, int] = {}
        places = {}
        for node in self.nodes:
            column = columns[node.id]
            places[node.id] = column, filled.get(column, 0)
            filled[column] = filled.get(column, 0) + 1
        return places


def graph(root: Tensor, model: Module | None = None, collapse: int | None = None) -> Graph:
    """Everything `root` was computed from.

    With a `model` nodes know the path of the module that made them and leaves their names; with
    `collapse` all operations of a module at that depth (1: parts of the model) become one node.
    """
    paths = {id(m): path for path, m in model.named_modules()} if model is not None else {}
    names = {id(p): name for name, p in model.named_parameters()} if model is not None else {}
    drawn = Graph()
    ids: dict[object, int] = {}
    edges: dict[tuple[int, int], None] = {}  # a dict keeps the order

    def scope_of(node: Node) -> str:
        return paths.get(id(node.module), type(node.module).__name__ if node.module else "")

    def box(key: object, kind: Kind, label: str, scope: str, shape: tuple[int, ...]) -> GraphNode:
        ids[key] = len(drawn.nodes)
        drawn.nodes.append(GraphNode(ids[key], kind, label, scope, shape))
        return drawn.nodes[-1]

    def of_tensor(tensor: Tensor) -> int:
        if tensor.node is not None:
            return ids[_key(tensor.node, scope_of(tensor.node), collapse)]
        if id(tensor) not in ids:
            label = names.get(id(tensor)) or tensor.name or "leaf"
            node = box(id(tensor), "leaf", label, label.rpartition(".")[0], tensor.shape)
            node.value, node.gradient = tensor.data, tensor.grad
        return ids[id(tensor)]

    for tensor, node in _in_order(root):
        scope = scope_of(node)
        key = _key(node, scope, collapse)
        merged = key is not node
        sources = [of_tensor(parent) for parent in node.parents if parent is not None]
        if key not in ids:
            box(key, "module" if merged else "op", str(key) if merged else node.op, scope, ())
        target = drawn.nodes[ids[key]]
        target.shape = tensor.shape
        target.ops = (*target.ops, node.op)
        for source in sources:
            if source != target.id:
                edges[source, target.id] = None
    drawn.edges = list(edges)
    return drawn


def _in_order(root: Tensor) -> Iterator[tuple[Tensor, Node]]:
    """Every computed tensor below `root` with its node, in order of computation."""
    found: dict[int, tuple[Tensor, Node]] = {}
    waiting = [root]
    while waiting:
        tensor = waiting.pop()
        if tensor.node is None or tensor.node.index in found:
            continue
        found[tensor.node.index] = tensor, tensor.node
        waiting.extend(parent for parent in tensor.node.parents if parent is not None)
    return (found[index] for index in sorted(found))


def _key(node: Node, scope: str, collapse: int | None) -> object:
    """What a node is drawn as: itself, or the module it is folded into."""
    if collapse is None or not scope:
        return node
    return ".".join(scope.split(".")[:collapse])


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "number"


def _summary(name: str, array: NDArray[Any] | None) -> dict[str, Any]:
    if array is None or not array.size:
        return {}
    return {
        name: {
            "min": float(np.min(array)),
            "max": float(np.max(array)),
            "mean": float(np.mean(array)),
        }
    }
