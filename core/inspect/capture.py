"""Capture: the values, and the gradients, of everything a network computes.

found = capture(model, x)                                   every module and operation, by path
found = capture(model, x, gradients=True, target=loss_of)   the slope of a number by each as well
found["block.conv#2"].value, found["attn.weights"].value
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.inspect.trace import Call, trace
from core.nn import Module

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Captured:
    """What came out of a module or an operation, `kind`, and the gradient of the target by it.

    `gradient` is None where none was asked for, or where the value only tells of what happened
    inside, as weights of attention and gates do.
    """

    value: Array
    gradient: Array | None
    kind: str


def capture(
    model: Module,
    inputs: Any,
    gradients: bool = False,
    target: Callable[[Any], Tensor] | None = None,
) -> dict[str, Captured]:
    """All that happens in `model(*inputs)`, by path, in order of computation; copies.

    `inputs` is an array, a Tensor or a tuple of them; they are called “input”, “input#2” …. A
    module that is called again gets “#2”; an operation called as a function is named after the
    module around it, such as “block.add”; of several results the second and later ones are
    “path[1]” …. Attention has “path.weights” (N, heads, T, S) beside, recurrent layers their gates.

    With `gradients` the number is `target` of what the network returns, or the sum of its (first)
    result where no target is given. Nothing is added to any parameter's gradient.
    """
    seen = trace(model, inputs)
    by = None
    if gradients:
        by = seen.gradients(seen.output if target is None else target(seen.result))
    found: dict[str, Captured] = {}
    for number, tensor in enumerate(seen.inputs):
        found[_numbered("input", number)] = _captured(tensor, by, "input")
    for path, call in seen.calls.items():
        for number, tensor in enumerate(call.outputs):
            name = path if not number else f"{path}[{number}]"
            found[name] = _captured(tensor, by, call.kind)
        for name, value in inner_values(call):
            found[f"{path}.{name}" if path else name] = Captured(value, None, call.kind)
    return found


def inner_values(call: Call) -> Iterator[tuple[str, Array]]:
    """What a layer's output alone does not tell: weights of attention, gates of recurrence."""
    module = call.module
    with no_grad():
        if (weights := getattr(module, "attention_weights", None)) is not None:
            yield "weights", np.array(_data(weights(*call.arguments, **call.options)))
        if (gates := getattr(module, "gates", None)) is not None and callable(gates):
            for name, values in gates(*call.arguments, **call.options).items():
                yield name, np.array(_data(values))


def _data(values: Any) -> Array:
    return np.asarray(values.data if isinstance(values, Tensor) else values)


def _numbered(name: str, number: int) -> str:
    return f"{name}#{number + 1}" if number else name


def _captured(tensor: Tensor, by: Callable[[Tensor], Array] | None, kind: str) -> Captured:
    moves = by is not None and tensor.dtype.kind == "f"
    return Captured(tensor.data.copy(), np.array(by(tensor)) if by and moves else None, kind)
