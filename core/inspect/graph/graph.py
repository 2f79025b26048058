"""The computation graph as data: nodes, edges, values and gradients.

build_graph(loss, model, collapse=2)            modules two levels below the root become a node
build_graph(loss, model, opened=FUSED_OPS)      fused operations are replaced by their parts
build_graph(loss, model, profile=seen)          with times and inner gradients of a `profile()`
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd.context import enable_grad
from core.autograd.decompositions import DECOMPOSITIONS, FUSED_OPS, MULTI_LAYER_OPS, RECURRENT_CELLS
from core.autograd.profiler import Profile, Time
from core.autograd.profiler import profile as measured
from core.autograd.tape import Node, backprop
from core.nn import Module

__all__ = ["FUSED_OPS", "Graph", "GraphNode", "build_graph"]

Kind = Literal["leaf", "op", "module", "part"]


@dataclass
class GraphNode:
    """One box of the picture.

    `value` is what it computed, `gradient` what arrived at it, both by reference: of leaves always,
    of inner nodes the gradient only with a profile. `time` is there with a profile. A `part` is a
    piece of the fused operation `part_of`, computed once more for the picture: its time is what it
    takes by itself.
    """

    id: int
    kind: Kind
    label: str
    scope: str
    shape: tuple[int, ...]
    ops: tuple[str, ...] = ()
    value: NDArray[Any] | None = None
    gradient: NDArray[Any] | None = None
    time: Time | None = None
    part_of: str = ""


@dataclass
class Graph:
    """Nodes in order of computation, and edges (from, to) along which values flow."""

    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)


def shape_text(shape: tuple[int, ...]) -> str:
    """“64 × 10”, or “number” for a scalar."""
    return " × ".join(map(str, shape)) if shape else "number"


def build_graph(
    root: Tensor,
    model: Module | None = None,
    collapse: int | None = None,
    opened: Collection[str] = (),
    profile: Profile | None = None,
) -> Graph:
    """Everything `root` was computed from.

    With a `model` nodes know the path of the module that made them and leaves their names; with
    `collapse` all operations of a module at that depth (1: parts of the model) become one node.
    Operations named in `opened` (`FUSED_OPS`: all that can be) are computed again by their
    decomposition, which stands in their place; of a recurrent layer by its first step. What is not
    fused, or folded into a module, stays as it is. An operation that does the work of several
    layers is cut into these wherever something is opened or folded.
    """
    return _Builder(model, collapse, opened, profile).build(root)


class _Builder:
    """Draws one graph."""

    def __init__(
        self,
        model: Module | None,
        collapse: int | None,
        opened: Collection[str],
        profile: Profile | None,
    ) -> None:
        self._paths = {id(m): path for path, m in model.named_modules()} if model else {}
        self._names = {id(p): name for name, p in model.named_parameters()} if model else {}
        self._collapse = collapse
        self._opened = opened
        self._profile = profile
        self._drawn = Graph()
        self._ids: dict[object, int] = {}  # of nodes, modules by name, and leaves by id
        self._kept: list[Tensor] = []  # so that no other leaf gets the id of a stand-in
        self._edges: dict[tuple[int, int], None] = {}  # a dict keeps the order

    def build(self, root: Tensor) -> Graph:
        """The whole picture."""
        for tensor, node in _in_order(root):
            self._visit(tensor, node, self._scope(node), "", self._profile)
        if root.node is None:
            self._of_tensor(root)
        self._drawn.edges = list(self._edges)
        return self._drawn

    def _visit(
        self, tensor: Tensor, node: Node, scope: str, part_of: str, profile: Profile | None
    ) -> None:
        """A computed tensor: opened, folded into its module, or a box of its own."""
        folded = self._collapse is not None and bool(scope)
        if node.op in MULTI_LAYER_OPS:
            opens = self._collapse is not None or bool(self._opened)
        else:
            one_deep = not part_of or part_of in MULTI_LAYER_OPS
            opens = node.op in self._opened and node.op in FUSED_OPS and one_deep and not folded
        if opens:
            self._open(tensor, node, scope, profile)
        else:
            self._draw(tensor, node, scope, part_of, profile)

    def _draw(
        self, tensor: Tensor, node: Node, scope: str, part_of: str, profile: Profile | None
    ) -> None:
        sources = [self._of_tensor(parent) for parent in node.parents if parent is not None]
        if self._collapse is None or not scope:
            box = self._box("part" if part_of else "op", node.op, scope)
            box.part_of = part_of
        else:
            whole = ".".join(scope.split(".")[: self._collapse])
            if whole not in self._ids:
                self._ids[whole] = self._box("module", whole, scope).id
            box = self._drawn.nodes[self._ids[whole]]
        self._ids[node] = box.id
        box.shape, box.value = tensor.shape, tensor.data
        box.ops = (*box.ops, node.op)
        if profile is not None:
            box.gradient = profile.gradient(node)
            time = profile.time(node)
            box.time = time if box.time is None or time is None else box.time + time
        for source in sources:
            if source != box.id:
                self._edges[source, box.id] = None

    def _open(self, tensor: Tensor, node: Node, scope: str, profile: Profile | None) -> None:
        """The textbook parts of a fused operation, computed from what it was given."""

        def stand_in(operand: Any, parent: Tensor | None) -> Any:
            if parent is None:
                return operand
            leaf = Tensor(parent.data, requires_grad=True)
            source = self._of_tensor(parent)
            self._ids[id(leaf)] = source
            self._kept.append(leaf)
            return leaf

        operands = [stand_in(o, p) for o, p in zip(node.operands, node.parents, strict=True)]
        options = {key: value for key, value in node.options.items() if key != "needs_input_grad"}
        first_step = node.op in RECURRENT_CELLS
        compute = (RECURRENT_CELLS if first_step else DECOMPOSITIONS)[node.op]
        with enable_grad(), measured() as seen:
            result = compute(*operands, **options)
            arriving = None if profile is None else profile.gradient(node)
            if first_step:
                arriving = arriving[0] if arriving is not None and len(tensor) == 1 else None
            if arriving is not None:
                backprop(result, arriving, lambda part: part.pullback, lambda *_: None)
        for part, made in _in_order(result):
            scope = self._owner(made) or scope
            self._visit(part, made, scope, node.op, None if profile is None else seen)
        if result.node is not None:
            self._ids[node] = self._ids[result.node]

    def _owner(self, node: Node) -> str:
        """The module whose parameter an operation takes, empty where it takes none."""
        for parent in node.parents:
            if parent is not None and parent.node is None:
                box = self._drawn.nodes[self._ids[id(parent)]]
                if box.kind == "leaf" and box.scope:
                    return box.scope
        return ""

    def _of_tensor(self, tensor: Tensor) -> int:
        """The number of the box that holds this tensor; a leaf gets its box here."""
        if tensor.node is not None:
            return self._ids[tensor.node]
        if id(tensor) not in self._ids:
            label = self._names.get(id(tensor)) or tensor.name or "leaf"
            box = self._box("leaf", label, label.rpartition(".")[0])
            box.shape, box.value, box.gradient = tensor.shape, tensor.data, tensor.grad
            self._ids[id(tensor)] = box.id
        return self._ids[id(tensor)]

    def _box(self, kind: Kind, label: str, scope: str) -> GraphNode:
        self._drawn.nodes.append(GraphNode(len(self._drawn.nodes), kind, label, scope, ()))
        return self._drawn.nodes[-1]

    def _scope(self, node: Node) -> str:
        name = type(node.module).__name__ if node.module else ""
        return self._paths.get(id(node.module), name)


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
