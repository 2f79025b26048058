"""Gradcheck: central differences against backward(), for every input, in float64."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.autograd.ops.elementwise import mul
from core.autograd.ops.reductions import sum as total
from core.autograd.tensor import Tensor
from core.errors import LabError
from core.formatting import format_number
from core.translation import tr

Array = NDArray[np.float64]

_DIRECTIONS = 4
"""How many random directions each input is moved in."""


def gradcheck(
    function: Callable[..., Any],
    *inputs: ArrayLike,
    eps: float = 1e-6,
    tolerance: float = 1e-6,
    elements: int = 400,
    names: tuple[str, ...] = (),
) -> float:
    """Compare all gradients of `function` with central differences in float64.

    Each input of up to `elements` numbers is moved number by number, of a larger one only so many
    drawn at random; each is also moved as a whole, in random directions. The gradient of what
    follows is random: all ones would hide many a mistake. Inputs of whole numbers are handed over
    as they are. `function` may return a tuple of Tensors, nested or not.

    Returns the largest difference relative to the largest gradient; raises LabError naming the
    input (by `names`, or its number) and the place when it exceeds `tolerance`.
    """
    arrays = [np.array(x) for x in inputs]
    operands = [
        a if a.dtype.kind in "iub" else Tensor(a.astype(np.float64), requires_grad=True)
        for a in arrays
    ]
    rng = np.random.default_rng(0)
    results = list(_flat(function(*operands)))
    upstream = [rng.standard_normal(result.shape) for result in results]
    _backward(results, upstream)

    def value() -> list[Array]:
        # Copies, because a result may be a view of the input that is about to be moved.
        return [result.data.copy() for result in _flat(function(*operands))]

    worst = 0.0
    for number, tensor in enumerate(operands):
        if not isinstance(tensor, Tensor):
            continue
        name = names[number] if number < len(names) else f"input {number}"
        slope = _Slope(value, tensor.data, upstream, eps)
        found = np.zeros(tensor.shape) if tensor.grad is None else np.array(tensor.grad)
        tensor.grad = None
        worst = max(worst, _compare(slope, found, name, tolerance, elements, rng))
    return worst


@dataclass
class _Slope:
    """d(upstream · value) / dt while `x` moves, in place, by t along a direction."""

    value: Callable[[], list[Array]]
    x: Array
    upstream: list[Array]
    eps: float

    def along(self, direction: Array | float, place: Any = ...) -> float:
        """All numbers of `x` at once, or the one at a place."""
        before = self.x[place].copy()
        self.x[place] = before + self.eps * direction
        above = self.value()
        self.x[place] = before - self.eps * direction
        below = self.value()
        self.x[place] = before
        parts = zip(self.upstream, above, below, strict=True)
        return sum(float(np.sum(u * (a - b))) for u, a, b in parts) / (2 * self.eps)


def _compare(
    slope: _Slope,
    found: Array,
    name: str,
    tolerance: float,
    elements: int,
    rng: np.random.Generator,
) -> float:
    """The largest relative error of one input's gradient. Raises LabError above `tolerance`."""
    size = found.size
    chosen = np.arange(size) if size <= elements else rng.choice(size, elements, replace=False)
    places = [tuple(map(int, np.unravel_index(i, found.shape))) for i in chosen]
    expected = np.array([slope.along(1.0, place) for place in places])
    told = np.array([found[place] for place in places])
    wrong = np.abs(told - expected) / max(1.0, float(np.abs(expected).max(initial=0.0)))
    if not (worst := float(wrong.max(initial=0.0))) <= tolerance:
        first = int(np.argmax(wrong))
        where = tr("at {places}").format(places=places[first])
        raise _error(name, worst, where, told[first], expected[first])
    for _ in range(_DIRECTIONS if size > 1 else 0):
        direction = rng.standard_normal(found.shape)
        direction /= np.linalg.norm(direction)
        quotient, product = slope.along(direction), float(np.sum(found * direction))
        error = abs(product - quotient) / max(1.0, abs(quotient))
        if not error <= tolerance:
            raise _error(name, error, tr("along a random direction"), product, quotient)
        worst = max(worst, error)
    return worst


def _error(name: str, error: float, where: str, told: float, expected: float) -> LabError:
    return LabError(
        tr(
            "The gradient of {name} is wrong by {error}: {where} the tape says {told}, the "
            "difference quotient {expected}."
        ).format(
            name=name,
            error=format_number(error, 2),
            where=where,
            told=format_number(told, 6),
            expected=format_number(expected, 6),
        )
    )


def _flat(result: Any) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif result is not None:
        for part in result:
            yield from _flat(part)


def _backward(results: list[Tensor], upstream: list[Array]) -> None:
    """From several results at once, through their sum weighted with the upstream gradients."""
    if len(results) == 1:
        results[0].backward(upstream[0])
        return
    together = total(mul(results[0], upstream[0]))
    for result, weights in zip(results[1:], upstream[1:], strict=True):
        together = together + total(mul(result, weights))
    together.backward()
