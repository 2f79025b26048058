"""The autograd tape: `@op`, graph nodes and backward().

A rule is a function on raw arrays that returns its value and a *pullback*, which turns the gradient
of the value into the gradients of the operands. `@op` makes an operation on Tensors out of it:

    @op
    def tanh(a):
        y = np.tanh(a)
        return y, lambda g: g * (1 - y * y)

A pullback returns one gradient, or a tuple with one for each positional argument; None stands for
an operand without gradient. Broadcasting is undone here, once for all rules, and a gradient that
does not fit its operand is refused. A rule with a keyword `needs_input_grad` is told which operands
want a gradient. `operands` says what operands may be: anything else, and any error of numpy's or a
kernel's, becomes a LabError with operation, layer and shapes.
"""

import heapq
import inspect
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from core.arguments import plain_array
from core.autograd import usage_checks
from core.autograd.context import (
    ModuleLike,
    grad_enabled,
    module_stack,
    op_hook,
    profiler,
    scope_name,
    scope_of,
)
from core.autograd.op_errors import can_be_called, operand_error
from core.autograd.operands import OPERANDS, Array, RuleSignature, kind_of, read
from core.autograd.registry import OPS, Op
from core.autograd.tensor import Tensor, raw, sum_over
from core.errors import LabError, ShapeError
from core.translation import tr

Pullback = Callable[[Array], Any]
Result = tuple[Array, Pullback]
"""What a rule returns."""

Needs = tuple[bool, ...]
"""Which operands want a gradient."""

Rule = Callable[..., Result]


class Node:
    """The op a tensor came from. `index` grows with creation, so it orders the backward pass.

    `module` computed it inside `root_module`, the outermost one; `visited` says that backward() has
    started here before.
    """

    __slots__ = (
        "index", "module", "op", "operands", "options", "parents", "pullback",
        "root_module", "visited",
    )  # fmt: skip

    @property
    def scope(self) -> str:
        """“ in encoder.conv2” where a module made it, empty otherwise."""
        return scope_of(self.root_module, self.module)

    def __init__(
        self,
        op: str,
        operands: tuple[Any, ...],
        options: dict[str, Any],
        parents: tuple[Tensor | None, ...],
        pullback: Pullback,
    ) -> None:
        self.index = next(usage_checks.clock)
        self.op = op
        modules = module_stack.get()
        self.module: ModuleLike | None = modules[-1] if modules else None
        self.root_module: ModuleLike | None = modules[0] if modules else None
        self.operands = operands
        self.options = options
        self.parents = parents
        self.pullback = pullback
        self.visited = False


def op(rule: Rule) -> Callable[..., Tensor]:
    """Make an operation on Tensors of a rule on arrays, and enter it in `OPS`."""
    name = rule.__name__
    signature = inspect.signature(rule)
    parameters = signature.parameters
    rule_signature = RuleSignature(rule)
    positional = {key: p for key, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}
    wants_needs = "needs_input_grad" in parameters
    most = len(parameters["needs_input_grad"].default) if wants_needs else 0
    flags = rule_signature.flags(0)
    count = len(flags)
    first_option = rule_signature.option_places[0] if rule_signature.option_places else sys.maxsize

    @wraps(rule)
    def apply(*operands: Any, **options: Any) -> Tensor:
        if options and any([isinstance(value, Tensor) for value in options.values()]):
            operands = _in_their_places(operands, options, positional)
        given = len(operands)
        arrays, parents, plain, learns = read(
            operands, flags if given <= count else rule_signature.flags(given)
        )
        recorded = learns and grad_enabled.get()
        profiling, hook = profiler.get(), op_hook.get()
        began = perf_counter() if profiling is not None else 0.0
        kept = operands
        try:
            if not plain or (options and rule_signature.has_operands(options)):
                arrays, options = rule_signature(operands, options)
                kept = _as_taken(operands, arrays)
            else:
                if options:
                    options = rule_signature.options(options)
                if given > first_option:
                    arrays = rule_signature.with_options(arrays, operands)
                    kept = _as_taken(operands, arrays)
            if wants_needs:
                needs = tuple([recorded and p is not None for p in parents])
                options["needs_input_grad"] = needs + (False,) * (most - len(needs))
            value, pullback = rule(*arrays, **options)
        except Exception as error:
            misfit = operand_error(f"{name}{scope_name()}", arrays, error)
            if misfit is None or not can_be_called(signature, operands, options):
                raise
            raise misfit from (None if isinstance(error, LabError) else error)
        if hook is not None:
            hook(f"{name}{scope_name()}", arrays, [value])
        array = value if type(value) is np.ndarray else np.asarray(value)
        if array.dtype.char == "d":
            array = _of_float64(name, operands, parents, array)
        result = Tensor(array)
        if recorded:
            result.node = Node(name, kept, options, tuple(parents), pullback)
            if profiling is not None:
                profiling.forward(result.node, perf_counter() - began)
        return result

    _register(name, rule, apply, signature)
    return apply


def _register(
    name: str, rule: Rule, apply: Callable[..., Tensor], signature: inspect.Signature
) -> None:
    """Enter an op in `OPS` and `functional`, with the signature that its callers see."""
    called = _as_called(signature)
    apply.__signature__ = called  # type: ignore[attr-defined]
    apply.__annotations__ = {
        key: parameter.annotation for key, parameter in called.parameters.items()
    } | {"return": Tensor}
    OPS[name] = Op(name, rule, apply)
    rule.__globals__.setdefault("__all__", []).append(name)  # for `functional`


def _as_taken(operands: tuple[Any, ...], arrays: list[Any]) -> tuple[Any, ...]:
    """Operands as a node keeps them: Tensors that learn, and of all others what the rule got."""
    return tuple(
        o if isinstance(o, Tensor) and (o.data is a or o.requires_grad or o.node is not None) else a
        for o, a in zip(operands, arrays, strict=True)
    )


def _of_float64(
    name: str, operands: tuple[Any, ...], parents: list[Tensor | None], array: Array
) -> Array:
    """A result in float64 as float32, whatever a rule's constants did, if no operand is float64.

    Says that data in float64 met float32 weights: right, and many times slower.
    """
    wide = [isinstance(o, Tensor) and o.data.dtype == np.float64 for o in operands]
    if not any(wide):
        return array.astype(np.float32)
    learnt = any(p is not None and p.requires_grad and p.dtype == np.float32 for p in parents)
    if learnt and any(w and p is None for w, p in zip(wide, parents, strict=True)):
        usage_checks.warn(
            tr(
                "{name}{scope_name}: float64 numbers meet float32 weights, so everything from "
                "here on is computed in float64, many times slower. Convert them once: "
                "Tensor(x.astype(np.float32))."
            ).format(name=name, scope_name=scope_name())
        )
    return array


def _as_called(signature: inspect.Signature) -> inspect.Signature:
    """The signature of a rule as that of its operation: Tensors in, a Tensor out."""
    operand = "Tensor | ArrayLike"
    shown = [
        p.replace(annotation=operand if kind_of(p.annotation) in OPERANDS else p.annotation)
        for name, p in signature.parameters.items()
        if name != "needs_input_grad"
    ]
    return signature.replace(parameters=shown, return_annotation=Tensor)


def _in_their_places(
    operands: tuple[Any, ...],
    options: dict[str, Any],
    parameters: Mapping[str, inspect.Parameter],
) -> tuple[Any, ...]:
    """Operands with the Tensors among the options: a gradient comes back to positions only."""
    names = list(parameters)
    tensors = [
        names.index(name)
        for name, value in options.items()
        if isinstance(value, Tensor) and name in parameters
    ]
    if not tensors:
        return operands
    between = names[len(operands) : max(tensors) + 1]
    missing = [n for n in between if n not in options and parameters[n].default is inspect._empty]
    if missing:
        return operands  # Python will say what is missing
    return *operands, *(options.pop(name, parameters[name].default) for name in between)


def backward(root: Tensor, grad: ArrayLike | None = None, retain_graph: bool = False) -> None:
    """Walk back from `root` in reverse order of creation; only leaves keep their gradient.

    The graph stays as long as somebody holds `root`. Beginning twice from the same root is mostly
    a forgotten forward, so it is warned of unless `retain_graph` says that it is meant.

    Raises LabError for a root without a past, or of several elements without `grad`.
    """
    if root.node is None and not root.requires_grad:
        raise LabError(
            tr(
                "backward() on a tensor that depends on no parameter. Was it computed inside "
                "no_grad(), or detached?"
            )
        )
    start = seed_grad(root, grad)
    node = root.node
    suspects = usage_checks.check_backward_start(root, node is not None and node.visited)
    deliver = _accumulate if suspects is None else _suspicious(suspects)
    first, leaf = backprop(root, start, lambda node: node.pullback, deliver)
    if node is not None:
        node.visited = not retain_graph
        usage_checks.check_backward_end(first, node.index, leaf, suspects)


def _suspicious(suspects: usage_checks.Suspects) -> Callable[[Tensor, Array], None]:
    """Accumulate, and see whether a gradient goes where it should not; once is enough."""
    told = False

    def deliver(leaf: Tensor, gradient: Array) -> None:
        nonlocal told
        told = usage_checks.check_grad_arrival(leaf, suspects, told)
        _accumulate(leaf, gradient)

    return deliver


def seed_grad(root: Tensor, grad: ArrayLike | None) -> Array:
    """The gradient to begin with: `grad`, or one for a single number. Raises LabError."""
    if grad is None:
        if root.data.size != 1:
            raise LabError(
                tr(
                    "backward() starts from a single number; this tensor has shape {shape}. "
                    "Take its mean() or sum(), or pass the gradient of what follows."
                ).format(shape=root.shape)
            )
        return np.ones_like(root.data)
    start = plain_array(raw(grad), "grad").astype(root.data.dtype)
    if start.shape != root.shape:
        raise ShapeError(
            tr("backward(): gradient {shape} for a tensor {root_shape}.").format(
                shape=start.shape, root_shape=root.shape
            )
        )
    return start


def backprop(
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

    profiling, hook = profiler.get(), op_hook.get()

    def give(tensor: Tensor, gradient: Any) -> None:
        nonlocal reached
        node = tensor.node
        if node is None:
            reached = tensor
            deliver(tensor, gradient)
        elif node in pending:
            pending[node] = pending[node] + gradient
        else:
            pending[node] = gradient
            heapq.heappush(queue, (-node.index, node))

    give(root, _fitted(start, root.data))
    while queue:
        node = heapq.heappop(queue)[1]
        index = node.index
        arriving = pending.pop(node)
        began = perf_counter() if profiling is not None else 0.0
        try:
            gradients = pullback_of(node)(arriving)
        except Exception as error:
            raise _wrong_gradient(node, error) from error
        if not isinstance(gradients, tuple):
            gradients = (gradients,)
        if profiling is not None:
            profiling.backward(node, arriving, perf_counter() - began)
        if hook is not None:
            what = tr("the gradient of {op}{scope}").format(op=node.op, scope=node.scope)
            hook(what, [arriving], list(gradients))
        parents = node.parents
        if len(gradients) < len(parents):
            _demand_gradients(node, len(gradients))
        for parent, gradient in zip(parents, gradients, strict=False):
            if parent is not None and gradient is not None:
                data = parent.data
                if gradient.shape != data.shape or gradient.dtype is not data.dtype:
                    try:
                        gradient = _fitted(gradient, data)
                    except ShapeError as error:
                        raise _wrong_gradient(node, error) from error
                give(parent, gradient)
    return index, reached


def _demand_gradients(node: Node, count: int) -> None:
    """Raise LabError where an operand that learns stands behind the first `count` operands."""
    if any([parent is not None for parent in node.parents[count:]]):
        raise LabError(
            tr(
                "The gradient of {op}{scope}: its rule gives {count} for {n} operands. An "
                "operand without gradient gets None."
            ).format(op=node.op, scope=node.scope, count=count, n=len(node.parents))
        )


def _wrong_gradient(node: Node, error: Exception) -> Exception:
    """What numpy said in a pullback, in words; other errors as they are."""
    what = tr("the gradient of {op}{scope}").format(op=node.op, scope=node.scope)
    return operand_error(what, list(map(raw, node.operands)), error) or error


def _accumulate(leaf: Tensor, gradient: Array) -> None:
    if leaf.grad is None:
        leaf.grad = np.array(gradient, leaf.data.dtype)
    else:
        leaf.grad += gradient


def _fitted(gradient: Any, operand: Array) -> Any:
    """A gradient in its operand's shape and type, so that float64 constants widen nothing.

    Raises ShapeError for one that does not fit, not even as an operand that was repeated.
    """
    if gradient.shape != operand.shape:
        gradient = _unbroadcast(gradient, operand.shape)
    if gradient.dtype != operand.dtype and not isinstance(gradient, Tensor):
        gradient = gradient.astype(operand.dtype)
    return gradient


def _unbroadcast(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Sum a gradient over the axes along which its operand was repeated."""
    found = gradient.shape
    extra = gradient.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, found[extra:], strict=True)):
        raise ShapeError(
            tr(
                "a gradient of shape {found} does not fit its operand of shape {shape}. The "
                "rule's pullback is wrong"
            ).format(found=found, shape=shape)
        )
    if extra > 0:
        gradient = gradient.sum(tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and gradient.shape[i] != 1)
    return sum_over(gradient, stretched, True) if stretched else gradient
