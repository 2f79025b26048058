"""Backpropagation through a scalar formula, one operation at a time.

seen = step_through(parse("x*(z + a)").at({"x": 2, "z": 0, "a": 1}).root)
seen.steps[1].shares          what the gradient that arrived is passed on as, and why
seen.sums(2)                  the gradients that have come together after two steps
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.autograd import Tensor
from core.autograd.tape import Node, backprop
from core.errors import LabError
from core.formatting import format_number, tr_format
from core.inspect.teach.derivative_text import local_derivative_text, operator_text

_LONGEST_NAME = 13


@dataclass(frozen=True)
class FormulaNode:
    """A variable or an operation: `label` is what its box says, `text` its part of the formula.

    `op` is the name of the operation, empty for a variable.
    """

    id: int
    kind: Literal["variable", "operation"]
    label: str
    text: str
    op: str
    value: float


@dataclass(frozen=True)
class FormulaEdge:
    """A number flows from place `source` into operand number `slot` of place `target`."""

    id: int
    source: int
    target: int
    slot: int


@dataclass(frozen=True)
class EdgeGradient:
    """What flows back along an edge: the arriving gradient times the local derivative.

    `rule` is that derivative written out, such as “cos x”, `local` its number, `amount` what flows.
    """

    edge: int
    towards: str
    rule: str
    local: float
    amount: float


@dataclass(frozen=True)
class BackwardStep:
    """One step of the walk: the gradient `arriving` at a place, and what it passes on.

    The first step only puts dy/dy = 1 on the result.
    """

    place: int
    arriving: float
    shares: tuple[EdgeGradient, ...] = ()


@dataclass(frozen=True)
class BackwardWalk:
    """Places in the order of the forward pass, edges, and the steps back.

    `carried` are gradients of the variables from earlier walks, to which this one adds.
    """

    places: tuple[FormulaNode, ...]
    edges: tuple[FormulaEdge, ...]
    steps: tuple[BackwardStep, ...]
    carried: Mapping[int, float] = field(default_factory=dict)

    @property
    def root(self) -> int:
        """The place of the result."""
        return self.places[-1].id

    def sums(self, count: int) -> dict[int, float]:
        """The gradient at each place that was reached within `count` steps."""
        sums = dict(self.carried)
        for number, step in enumerate(self.steps[:count]):
            if number == 0:
                sums[step.place] = sums.get(step.place, 0.0) + step.arriving
            for share in step.shares:
                source = self.edges[share.edge].source
                sums[source] = sums.get(source, 0.0) + share.amount
        return sums

    def amounts(self, count: int) -> dict[int, float]:
        """What has flowed back along each edge after `count` steps."""
        return {share.edge: share.amount for step in self.steps[:count] for share in step.shares}

    def variables(self) -> dict[str, int]:
        """The places of the variables by name."""
        return {place.label: place.id for place in self.places if place.kind == "variable"}


def step_through(root: Tensor, carried: Mapping[str, float] | None = None) -> BackwardWalk:
    """Everything that happens in `root.backward()`, told step by step; no `grad` is touched.

    `carried` are gradients that variables still hold, by name. Raises LabError where something
    else than single numbers was computed.
    """
    return _Walker(root).walk(dict(carried or {}))


class _Walker:
    """Numbers the places and listens to one walk back."""

    def __init__(self, root: Tensor) -> None:
        self._root = root
        self._ids: dict[int, int] = {}
        self._tensors: list[Tensor] = []
        self._edges: dict[tuple[int, int], FormulaEdge] = {}  # by target and slot
        self._by_node: dict[Node, int] = {}
        for tensor in _in_order(root):
            if tensor.size != 1:
                words = (
                    "Only single numbers can be followed step by step; here is a tensor {shape}."
                )
                raise LabError(tr_format(words, shape=tensor.shape))
            self._ids[id(tensor)] = len(self._tensors)
            self._tensors.append(tensor)
        for target, tensor in enumerate(self._tensors):
            if tensor.node is None:
                continue
            self._by_node[tensor.node] = target
            for slot, parent in enumerate(tensor.node.parents):
                if parent is not None:
                    edge = FormulaEdge(len(self._edges), self._ids[id(parent)], target, slot)
                    self._edges[target, slot] = edge

    def walk(self, carried: Mapping[str, float]) -> BackwardWalk:
        places = tuple(self._place(number, t) for number, t in enumerate(self._tensors))
        start = np.ones_like(self._root.data)
        steps = [BackwardStep(self._ids[id(self._root)], 1.0)]

        def listening(node: Node) -> Any:
            def pull(arriving: Any) -> Any:
                gradients = node.pullback(arriving)
                steps.append(self._step(node, float(arriving), _several(gradients)))
                return gradients

            return pull

        with np.errstate(all="ignore"):
            backprop(self._root, start, listening, lambda leaf, gradient: None)
        known = {p.label: p.id for p in places if p.kind == "variable"}
        before = {known[name]: grad for name, grad in carried.items() if name in known}
        return BackwardWalk(places, tuple(self._edges.values()), tuple(steps), before)

    def _place(self, number: int, tensor: Tensor) -> FormulaNode:
        value = float(tensor.item())
        node = tensor.node
        if node is None:
            name = tensor.name or "leaf"
            return FormulaNode(number, "variable", name, name, "", value)
        constants = tuple(
            "" if parent is not None else _number(operand)
            for operand, parent in zip(node.operands, node.parents, strict=True)
        )
        label = operator_text(node.op, constants)
        return FormulaNode(number, "operation", label, tensor.name or label, node.op, value)

    def _step(self, node: Node, arriving: float, gradients: tuple[Any, ...]) -> BackwardStep:
        place = self._by_node[node]
        names = self._names(node)
        local = _several(node.pullback(np.ones_like(self._tensors[place].data)))
        shares = []
        for slot, (parent, gradient) in enumerate(zip(node.parents, gradients, strict=False)):
            if parent is None or gradient is None:
                continue
            rule, edge = local_derivative_text(node.op, slot, names), self._edges[place, slot].id
            share = EdgeGradient(edge, names[slot], rule, float(local[slot]), float(gradient))
            shares.append(share)
        return BackwardStep(place, arriving, tuple(shares))

    def _names(self, node: Node) -> tuple[str, ...]:
        """Operands as they are called in the text; what is too long becomes a or b."""
        names = []
        for letter, operand, parent in zip("ab", node.operands, node.parents, strict=False):
            text = _number(operand) if parent is None else parent.name
            if not text or len(text) > _LONGEST_NAME:
                text = letter
            elif parent is not None and parent.node is not None and not text.endswith(")"):
                text = f"({text})"
            names.append(text)
        return tuple(names)


def _in_order(root: Tensor) -> list[Tensor]:
    """All tensors below `root`: an operand before what needs it, as a hand would compute them."""
    found: dict[int, Tensor] = {}
    waiting: list[tuple[Tensor, bool]] = [(root, False)]
    while waiting:
        tensor, operands_done = waiting.pop()
        if id(tensor) in found:
            continue
        if operands_done or tensor.node is None:
            found[id(tensor)] = tensor
            continue
        waiting.append((tensor, True))
        waiting += [(p, False) for p in reversed(tensor.node.parents) if p is not None]
    return list(found.values())


def _several(gradients: Any) -> tuple[Any, ...]:
    return gradients if isinstance(gradients, tuple) else (gradients,)


def _number(operand: Any) -> str:
    value = float(operand.item() if isinstance(operand, Tensor) else operand)
    return format_number(value)


@dataclass(frozen=True)
class FormulaExample:
    """A formula with values to begin with."""

    title: str
    text: str
    values: Mapping[str, float]


EXAMPLES = (
    FormulaExample("3x³ + 4x + 1 + xz", "3*x**3 + 4*x + 1 + x*z", {"x": 2.0, "z": 0.0}),
    FormulaExample("A product", "x*z", {"x": 2.0, "z": 0.0}),
    FormulaExample("With a sum", "x*(z + a)", {"x": 2.0, "z": 0.0, "a": 1.0}),
    FormulaExample("A polynomial", "2*x**3 + 4*x**2 + 3*x + 2", {"x": 1.0}),
    FormulaExample("Its sine", "sin(2*x**3 + 4*x**2 + 3*x + 2)", {"x": 0.5}),
    FormulaExample("A hill", "x*cos(x)", {"x": 1.0}),
    FormulaExample("One neuron", "relu(w*x + b)", {"w": 0.5, "x": 2.0, "b": -0.3}),
    FormulaExample("Its squared error", "(sigmoid(w*x + b) - t)**2",
            {"w": 0.5, "x": 2.0, "b": -0.3, "t": 1.0}),
)  # fmt: skip
