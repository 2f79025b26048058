"""Derivatives as Tensors, so that they can be derived again."""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from core.autograd.registry import OPS
from core.autograd.tape import Node, upstream, walk_back
from core.autograd.tensor import Tensor
from core.errors import LabError


def grad(
    output: Tensor,
    inputs: Sequence[Tensor],
    grad_output: ArrayLike | None = None,
    create_graph: bool = False,
) -> tuple[Tensor, ...]:
    """d output / d inputs, torch's `autograd.grad`; the leaves' own `.grad` stays untouched.

    With `create_graph` the same rules run on Tensors instead of arrays, so the results have a past
    themselves. Raises LabError when an input is no leaf that requires a gradient, or when a fused
    operation on the way knows no second derivative.
    """
    for tensor in inputs:
        if tensor.node is not None or not tensor.requires_grad:
            raise LabError("grad() derives by leaves: tensors made with requires_grad=True.")
    wanted = {id(tensor) for tensor in inputs}
    found: dict[int, Tensor] = {}

    def deliver(leaf: Tensor, gradient: Tensor) -> None:
        if id(leaf) in wanted:
            gradient = gradient if isinstance(gradient, Tensor) else Tensor(gradient)
            found[id(leaf)] = found[id(leaf)] + gradient if id(leaf) in found else gradient

    start = upstream(output, grad_output)
    if create_graph:
        walk_back(output, Tensor(start), _on_tensors, deliver)
    else:
        walk_back(output, start, lambda node: node.pullback, deliver)
    nothing = [t for t in inputs if id(t) not in found]
    found |= {id(t): Tensor(t.data * 0) for t in nothing}
    return tuple(found[id(tensor)] for tensor in inputs)


def _on_tensors(node: Node) -> Callable[[Any], Any]:
    """The pullback of a node as a function of Tensors: its rule, run again on the Tensors."""
    try:
        _, pullback = OPS[node.op].rule(*node.operands, **node.options)
    except (TypeError, AttributeError, LabError, NotImplementedError) as error:
        raise _fused(node) from error

    def careful(g: Tensor) -> Any:
        try:
            return pullback(g)
        except (TypeError, AttributeError, LabError, NotImplementedError) as error:
            raise _fused(node) from error

    return careful


def _fused(node: Node) -> LabError:
    return LabError(
        f"{node.op} is computed in one fused piece and knows no second derivative. Build it from "
        "elementwise operations, matmul and sum instead, for example nll_loss by hand in place of "
        "cross_entropy."
    )
