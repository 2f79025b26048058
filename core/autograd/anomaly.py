"""Where did it go wrong? Finds the first operation that makes a number that is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.autograd import tape
from core.errors import AnomalyError


@contextmanager
def anomaly(step: int | None = None) -> Iterator[None]:
    """Check every value and every gradient computed inside the block.

    Raises AnomalyError naming operation, module, step and what went in, at the first NaN or
    infinity. Costs a look at every array, so it is meant for looking twice.
    """
    when = "" if step is None else f" at mini-batch {step}"

    def check(what: str, inputs: list[Any], outputs: list[Any]) -> None:
        for array in outputs:
            if _is_sick(array):
                fed = "; ".join(statistics(a) for a in inputs if isinstance(a, np.ndarray))
                raise AnomalyError(f"{what}{when} made {_kinds(array)}. It was given {fed}.")

    with watching(check):
        yield


@contextmanager
def watching(check: Callable[[str, list[Any], list[Any]], None]) -> Iterator[None]:
    """Call `check(operation, inputs, outputs)` after every operation and every pullback."""
    before, tape.watcher = tape.watcher, check
    try:
        yield
    finally:
        tape.watcher = before


def statistics(array: np.ndarray) -> str:
    """Shape, range and mean of an array in a few words."""
    if array.dtype.kind != "f" or not array.size:
        return f"{array.dtype} {array.shape}"
    finite = array[np.isfinite(array)]
    if not finite.size:
        return f"{array.shape} without one finite number"
    sick = f", {array.size - finite.size} not finite" if finite.size < array.size else ""
    low, high, mean = finite.min(), finite.max(), finite.mean()
    return f"{array.shape} from {low:.3g} to {high:.3g}, mean {mean:.3g}{sick}"


def _is_sick(array: Any) -> bool:
    return (
        isinstance(array, np.ndarray) and array.dtype.kind == "f" and not np.isfinite(array).all()
    )


def _kinds(array: np.ndarray) -> str:
    nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    parts = [f"{n} × {name}" for n, name in ((nans, "NaN"), (infinities, "infinity")) if n]
    return f"{' and '.join(parts)} among {array.size} numbers"
