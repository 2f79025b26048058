"""One way to call an operation, and the usual shapes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import OPS, Tensor

Array = NDArray[np.float64]
Function = Callable[..., Tensor]


@dataclass(frozen=True)
class Case:
    """One way to call an operation: on which shapes, and from which range the numbers come."""

    op: str
    function: Function
    shapes: tuple[tuple[int, ...], ...]
    low: float = -2.0
    high: float = 2.0

    def inputs(self) -> list[Array]:
        rng = np.random.default_rng(len(self.op))
        return [rng.uniform(self.low, self.high, shape) for shape in self.shapes]


def both(op: str, *more: tuple[tuple[int, ...], ...], low: float = -2.0) -> list[Case]:
    """A binary operation: alike, repeated along axes, of size one, from a scalar, empty."""
    pairs = [((3, 5), (3, 5)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((1,), (1,)), ((), (3, 1)),
             ((0, 3), (3,)), *more]  # fmt: skip
    return [Case(op, OPS[op].apply, pair, low) for pair in pairs]


def each(op: str, low: float = -2.0) -> list[Case]:
    """An operation on each number by itself."""
    return [Case(op, OPS[op].apply, (shape,), low) for shape in ((3, 7), (1,), (), (2, 1, 5), (0,))]
