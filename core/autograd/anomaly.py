"""Anomaly detection: finds the first op that produces NaN or infinity."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.autograd.context import op_hook
from core.errors import AnomalyError
from core.formatting import format_number
from core.translation import tr


@contextmanager
def detect_anomaly(step: int | None = None) -> Iterator[None]:
    """Check every value and every gradient computed inside the block.

    Raises AnomalyError naming operation, module, step and what went in, at the first NaN or
    infinity; also for an array that was changed in place between forward and backward, which makes
    gradients wrong. Scans every array several times: slow, for debugging.
    """
    when = "" if step is None else tr(" at mini-batch {step}").format(step=step)
    marks: dict[int, tuple[str, np.ndarray, int]] = {}

    made: set[int] = set()

    def changed(user: str, array: np.ndarray) -> AnomalyError:
        return AnomalyError(
            tr(
                "{user}{when} used or made an array {shape} that was changed in place before "
                "backward(): the gradient would be that of other numbers. Change a copy, or "
                "compute the loss again."
            ).format(user=user, when=when, shape=array.shape)
        )

    def check(what: str, inputs: list[Any], outputs: list[Any]) -> None:
        if not what.startswith("the gradient of "):
            for array in inputs:
                if isinstance(array, np.ndarray):
                    mark = _mark(array)
                    if id(array) in made and marks[id(array)][2] != mark:
                        raise changed(marks[id(array)][0], array)
                    marks[id(array)] = what, array, mark
            for array in outputs:
                if isinstance(array, np.ndarray):
                    marks[id(array)] = what, array, _mark(array)
                    made.add(id(array))
        else:
            for user, array, mark in marks.values():
                if _mark(array) != mark:
                    raise changed(user, array)
            marks.clear()
            made.clear()
        for array in outputs:
            if _is_not_finite(array):
                fed = "; ".join(statistics(a) for a in inputs if isinstance(a, np.ndarray))
                sentence = tr("{what}{when} made {array}. It was given {fed}.").format(
                    what=what, when=when, array=_kinds(array), fed=fed
                )
                raise AnomalyError(sentence, {"what": what, "made": _kinds(array), "step": step})

    with use_op_hook(check):
        yield


@contextmanager
def use_op_hook(check: Callable[[str, list[Any], list[Any]], None]) -> Iterator[None]:
    """Call `check(op, inputs, outputs)` after every op and every pullback."""
    before = op_hook.set(check)
    try:
        yield
    finally:
        op_hook.reset(before)


def statistics(array: np.ndarray) -> str:
    """Shape, range and mean of an array in a few words."""
    if array.dtype.kind != "f" or not array.size:
        return f"{array.dtype} {array.shape}"
    finite = array[np.isfinite(array)]
    if not finite.size:
        return tr("{shape} without one finite number").format(shape=array.shape)
    sick = (
        tr(", {size} not finite").format(size=array.size - finite.size)
        if finite.size < array.size
        else ""
    )
    low, high, mean = (
        format_number(float(value), 3) for value in (finite.min(), finite.max(), finite.mean())
    )
    return tr("{shape} from {low} to {high}, mean {mean}{sick}").format(
        shape=array.shape, low=low, high=high, mean=mean, sick=sick
    )


def _mark(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data)


def _is_not_finite(array: Any) -> bool:
    return (
        isinstance(array, np.ndarray) and array.dtype.kind == "f" and not np.isfinite(array).all()
    )


def _kinds(array: np.ndarray) -> str:
    nans, infinities = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    parts = [f"{n} × {name}" for n, name in ((nans, "NaN"), (infinities, tr("infinity"))) if n]
    return tr("{parts} among {size} numbers").format(parts=tr(" and ").join(parts), size=array.size)
