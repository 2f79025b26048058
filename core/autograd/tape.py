"""The tape: the only place that knows of graph nodes.

A rule is a function on raw arrays that returns its value and a *pullback*, which turns the gradient
of the value into the gradients of the operands. `@op` makes an operation on Tensors out of it:

    @op
    def tanh(a):
        y = np.tanh(a)
        return y, lambda g: g * (1 - y * y)

A pullback returns one gradient, or a tuple with one for each positional argument; None stands for
an operand without gradient. Broadcasting is undone here, once for all rules. A rule with a keyword
`needs` is told which operands want a gradient.
"""

import heapq
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.autograd import care
from core.autograd.registry import OPS, Op
from core.autograd.tensor import Tensor
from core.errors import LabError, PlaceError, ShapeError

if TYPE_CHECKING:
    from core.nn.module import Module

Array = NDArray[Any]
Pullback = Callable[[Array], Any]
Rule = Callable[..., tuple[Array, Pullback]]


watcher: Callable[[str, list[Any], list[Any]], None] | None = None
"""Called after every operation and pullback while somebody looks for anomalies."""

_recording = True
_modules: list["Module"] = []


class Node:
    """Where a tensor came from. `index` grows with creation, so it orders the reverse walk.

    `module` made it on behalf of `whole`, the outermost one; `walked` says that backward() has
    begun here before.
    """

    __slots__ = (
        "index", "module", "op", "operands", "options", "parents", "pullback", "walked", "whole",
    )  # fmt: skip

    @property
    def place(self) -> str:
        """“ in encoder.conv2” where a module made it, empty otherwise."""
        return _place(self.whole, self.module)

    def __init__(
        self,
        op: str,
        operands: tuple[Any, ...],
        options: dict[str, Any],
        parents: tuple[Tensor | None, ...],
        pullback: Pullback,
    ) -> None:
        self.index = next(care.clock)
        self.op = op
        self.module: Module | None = _modules[-1] if _modules else None
        self.whole: Module | None = _modules[0] if _modules else None
        self.operands = operands
        self.options = options
        self.parents = parents
        self.pullback = pullback
        self.walked = False


class Profiler(Protocol):
    """Who wants to know what each node costs and which gradient arrives at it."""

    def forward(self, node: Node, seconds: float) -> None:
        """A node was computed."""

    def backward(self, node: Node, arriving: Any, seconds: float) -> None:
        """The pullback of a node turned the gradient `arriving` into those of its operands."""


profiler: Profiler | None = None
"""Told of every node while somebody measures."""


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without remembering."""
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


@contextmanager
def enable_grad() -> Iterator[None]:
    """Remember, even inside no_grad()."""
    global _recording
    before, _recording = _recording, True
    try:
        yield
    finally:
        _recording = before


@contextmanager
def inside(module: "Module") -> Iterator[None]:
    """Operations in this block belong to `module`."""
    if module.differs_in_training:
        whole = _modules[0] if _modules else module
        care.calls(type(module).__name__, _recording, module.training, whole.training)
    _modules.append(module)
    try:
        yield
    finally:
        _modules.pop()


def where_am_i() -> str:
    """“ in encoder.conv2” while a module computes, empty otherwise."""
    return _place(_modules[0], _modules[-1]) if _modules else ""


def _place(whole: "Module | None", module: "Module | None") -> str:
    if whole is None or module is None:
        return ""
    path = next((path for path, part in whole.named_modules() if part is module), "")
    return f" in {path or type(module).__name__}"


def op(rule: Rule) -> Callable[..., Tensor]:
    """Make an operation on Tensors of a rule on arrays, and enter it in `OPS`."""
    name = rule.__name__
    parameters = inspect.signature(rule).parameters
    asks_needs = "needs" in parameters
    most = len(parameters["needs"].default) if asks_needs else 0

    @wraps(rule)
    def apply(*operands: Any, **options: Any) -> Tensor:
        if options and any(isinstance(value, Tensor) for value in options.values()):
            operands = _in_their_places(operands, options, parameters)
        arrays = [o.data if isinstance(o, Tensor) else o for o in operands]
        parents = tuple(
            o if isinstance(o, Tensor) and (o.requires_grad or o.node is not None) else None
            for o in operands
        )
        recorded = _recording and any(p is not None for p in parents)
        if asks_needs:
            needs = tuple(recorded and p is not None for p in parents)
            options["needs"] = needs + (False,) * (most - len(needs))
        began = perf_counter() if profiler is not None else 0.0
        try:
            value, pullback = rule(*arrays, **options)
        except ShapeError as error:
            raise ShapeError(f"{name}{where_am_i()}: {error}") from None
        except (ValueError, IndexError, TypeError) as error:
            misfit = _misfit(f"{name}{where_am_i()}", arrays, error)
            if misfit is None:
                raise
            raise misfit from error
        if watcher is not None:
            watcher(f"{name}{where_am_i()}", arrays, [value])
        result = Tensor(_as_float_of(operands, value))
        if recorded:
            result.node = Node(name, operands, options, parents, pullback)
            if profiler is not None:
                profiler.forward(result.node, perf_counter() - began)
        return result

    OPS[name] = Op(name, rule, apply)
    return apply


def _misfit(what: str, arrays: list[Any], error: Exception) -> ShapeError | None:
    """What numpy said of operands that do not fit, with operation, layer and all shapes."""
    shapes = ", ".join(str(np.shape(a)) for a in arrays if isinstance(a, np.ndarray))
    if isinstance(error, ValueError):
        return ShapeError(f"{what}: {error} (operands {shapes})")
    if isinstance(error, IndexError) and what.startswith("getitem"):
        return PlaceError(f"{what}: {error} (operand {shapes})")
    if isinstance(error, IndexError) or "unsized" in str(error):
        return ShapeError(f"{what}: an operand has too few axes (operands {shapes})")
    return None


def _in_their_places(
    operands: tuple[Any, ...],
    options: dict[str, Any],
    parameters: Mapping[str, inspect.Parameter],
) -> tuple[Any, ...]:
    """Operands with the Tensors among the options: a gradient comes back to positions only."""
    names = list(parameters)
    tensors = [names.index(name) for name, value in options.items() if isinstance(value, Tensor)]
    between = names[len(operands) : max(tensors) + 1]
    return *operands, *(options.pop(name, parameters[name].default) for name in between)


def _as_float_of(operands: tuple[Any, ...], value: Any) -> Array:
    """float32 operands give float32 results, whatever a rule's intermediate constants did."""
    array = np.asarray(value)
    if array.dtype == np.float64 and not any(
        isinstance(o, Tensor) and o.data.dtype == np.float64 for o in operands
    ):
        return array.astype(np.float32)
    return array


def backward(root: Tensor, grad: ArrayLike | None = None, retain_graph: bool = False) -> None:
    """Walk back from `root` in reverse order of creation; only leaves keep their gradient.

    The graph stays as long as somebody holds `root`. Beginning twice from the same root is mostly
    a forgotten forward, so it is warned of unless `retain_graph` says that it is meant.

    Raises LabError for a root without a past, or of several elements without `grad`.
    """
    if root.node is None and not root.requires_grad:
        raise LabError(
            "backward() on a tensor that depends on no parameter. Was it computed inside "
            "no_grad(), or detached?"
        )
    start = upstream(root, grad)
    node = root.node
    suspects = care.begins(root, node is not None and node.walked)
    deliver = _accumulate if suspects is None else _suspicious(suspects)
    first, leaf = walk_back(root, start, lambda node: node.pullback, deliver)
    if node is not None:
        node.walked = not retain_graph
        care.ends(first, node.index, leaf, suspects)


def _suspicious(suspects: care.Suspects) -> Callable[[Tensor, Array], None]:
    """Accumulate, and see whether a gradient goes where it should not; once is enough."""
    told = False

    def deliver(leaf: Tensor, gradient: Array) -> None:
        nonlocal told
        told = care.delivers(leaf, suspects, told)
        _accumulate(leaf, gradient)

    return deliver


def upstream(root: Tensor, grad: ArrayLike | None) -> Array:
    """The gradient to begin with: `grad`, or one for a single number. Raises LabError."""
    if grad is None:
        if root.data.size != 1:
            raise LabError(
                f"backward() starts from a single number; this tensor has shape {root.shape}. Take "
                "its mean() or sum(), or pass the gradient of what follows."
            )
        return np.ones_like(root.data)
    start = np.asarray(grad, root.data.dtype)
    if start.shape != root.shape:
        raise ShapeError(f"backward(): gradient {start.shape} for a tensor {root.shape}.")
    return start


def walk_back(
    root: Tensor,
    start: Any,
    pullback_of: Callable[[Node], Pullback],
    deliver: Callable[[Tensor, Any], None],
) -> tuple[int, Tensor | None]:
    """Bring `start` back to the leaves in reverse order of creation, without recursion.

    Works on arrays and, for derivatives of derivatives, on Tensors alike. Returns the number of the
    first node it came to, and the leaf it reached last.
    """
    pending: dict[Node, Any] = {}
    queue: list[tuple[int, Node]] = []
    reached: Tensor | None = None
    index = -1

    def give(tensor: Tensor, gradient: Any) -> None:
        nonlocal reached
        gradient = _fitted(gradient, tensor.data)
        node = tensor.node
        if node is None:
            reached = tensor
            deliver(tensor, gradient)
        elif node in pending:
            pending[node] = pending[node] + gradient
        else:
            pending[node] = gradient
            heapq.heappush(queue, (-node.index, node))

    give(root, start)
    while queue:
        node = heapq.heappop(queue)[1]
        index = node.index
        arriving = pending.pop(node)
        began = perf_counter() if profiler is not None else 0.0
        gradients = pullback_of(node)(arriving)
        if profiler is not None:
            profiler.backward(node, arriving, perf_counter() - began)
        if not isinstance(gradients, tuple):
            gradients = (gradients,)
        if watcher is not None:
            watcher(f"the gradient of {node.op}{node.place}", [arriving], list(gradients))
        for parent, gradient in zip(node.parents, gradients, strict=False):
            if parent is not None and gradient is not None:
                give(parent, gradient)
    return index, reached


def _accumulate(leaf: Tensor, gradient: Array) -> None:
    if leaf.grad is None:
        leaf.grad = np.array(gradient, leaf.data.dtype)
    else:
        leaf.grad += gradient


def _fitted(gradient: Any, operand: Array) -> Any:
    """A gradient in its operand's shape and type, so that float64 constants widen nothing."""
    gradient = _unbroadcast(gradient, operand.shape)
    if gradient.dtype != operand.dtype and not isinstance(gradient, Tensor):
        gradient = gradient.astype(operand.dtype)
    return gradient


def _unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which its operand was repeated."""
    if gradient.shape == shape:
        return gradient
    extra = gradient.ndim - len(shape)
    if extra > 0:
        gradient = gradient.sum(axis=tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient
