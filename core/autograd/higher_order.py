"""Higher-order gradients: grad() returns Tensors that can be differentiated again."""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from core.arguments import describe
from core.autograd.registry import OPS
from core.autograd.tape import Node, backprop, seed_grad
from core.autograd.tensor import Tensor
from core.errors import ArgumentError, LabError
from core.translation import tr

_CANNOT = (TypeError, AttributeError, LabError, NotImplementedError)
"""Errors of a rule for arrays that is given Tensors."""


def grad(
    output: Tensor,
    inputs: Sequence[Tensor],
    grad_output: ArrayLike | None = None,
    create_graph: bool = False,
) -> tuple[Tensor, ...]:
    """d output / d inputs, torch's `autograd.grad`; the leaves' own `.grad` stays untouched.

    With `create_graph` the rules run on Tensors instead of arrays, so the results have a graph
    themselves. Raises LabError when an input is no leaf that requires a gradient, or when a fused
    operation on the way knows no second derivative.
    """
    if not isinstance(output, Tensor):
        raise ArgumentError(
            tr("grad() derives a Tensor, not {output}.").format(output=describe(output))
        )
    for tensor in inputs:
        if not isinstance(tensor, Tensor) or tensor.node is not None or not tensor.requires_grad:
            raise LabError(tr("grad() derives by leaves: tensors made with requires_grad=True."))
    wanted = {id(tensor) for tensor in inputs}
    found: dict[int, Tensor] = {}

    def deliver(leaf: Tensor, gradient: Tensor) -> None:
        if id(leaf) in wanted:
            gradient = gradient if isinstance(gradient, Tensor) else Tensor(gradient)
            found[id(leaf)] = found[id(leaf)] + gradient if id(leaf) in found else gradient

    start = seed_grad(output, grad_output)
    if create_graph:
        backprop(output, Tensor(start), _pullback_on_tensors, deliver)
    else:
        backprop(output, start, lambda node: node.pullback, deliver)
    nothing = [t for t in inputs if id(t) not in found]
    found |= {id(t): Tensor(t.data * 0) for t in nothing}
    return tuple(found[id(tensor)] for tensor in inputs)


def _pullback_on_tensors(node: Node) -> Callable[[Any], Any]:
    """The pullback of a node as a function of Tensors.

    Runs the rule again on Tensors; where a fused kernel cannot, the pullback of its
    decomposition.
    """
    try:
        _, pullback = OPS[node.op].rule(*node.operands, **node.options)
    except _CANNOT:
        return _pullback_of_decomposition(node)

    def careful(g: Tensor) -> Any:
        try:
            return pullback(g)
        except _CANNOT:
            return _pullback_of_decomposition(node)(g)

    return careful


def _pullback_of_decomposition(node: Node) -> Callable[[Any], Any]:
    """The pullback of a fused op, through its decomposition. Raises LabError."""
    from core.autograd.decompositions import DECOMPOSITIONS

    if node.op not in DECOMPOSITIONS:
        raise LabError(
            tr(
                "{op} is computed in one fused piece and knows no second derivative. Build it "
                "from elementwise operations, matmul and sum instead."
            ).format(op=node.op)
        )
    # Identity nodes that mark where this backward stops.
    steps = [None if p is None else OPS["reshape"].apply(p, p.shape) for p in node.parents]
    arrived: dict[Node, Tensor] = {}
    ends = {step.node for step in steps if step is not None}
    operands = [o if s is None else s for o, s in zip(node.operands, steps, strict=True)]
    options = {key: value for key, value in node.options.items() if key != "needs_input_grad"}
    whole = DECOMPOSITIONS[node.op](*operands, **options)

    def pullback_of(part: Node) -> Callable[[Any], Any]:
        if part not in ends:
            return _pullback_on_tensors(part)
        return lambda g: arrived.__setitem__(part, g)

    def pullback(g: Tensor) -> tuple[Tensor | None, ...]:
        backprop(whole, g, pullback_of, lambda *_: None)
        return tuple(None if step is None else arrived.get(step.node) for step in steps)

    return pullback
