"""Errors inside an op or its pullback as LabErrors that name operation, layer and shapes."""

import inspect
import re
from typing import Any

import numpy as np

from core.errors import ArgumentError, LabError, OutOfBoundsError, ShapeError


def can_be_called(
    signature: inspect.Signature, operands: tuple[Any, ...], options: dict[str, Any]
) -> bool:
    """Whether the arguments fit the signature; where they do not, Python's own error says so."""
    try:
        signature.bind(*operands, **options)
    except TypeError:
        return False
    return True


_OF_ARGUMENTS = (
    ArithmeticError, AttributeError, LookupError, MemoryError, NotImplementedError, TypeError,
    ValueError,
)  # fmt: skip
"""What numpy and Python say of arguments that they cannot work with."""

_A_SHAPE = re.compile(r"\(\d*,|\(\)|\(\d+(, \d+)+\)")


def operand_error(what: str, arrays: list[Any], error: Exception) -> LabError | None:
    """An error about operands in words, with operation, layer and all shapes; None for others."""
    shapes = ", ".join(str(a.shape) for a in arrays if isinstance(a, np.ndarray))
    if isinstance(error, LabError):
        if type(error) not in (ShapeError, ArgumentError):
            return None
        said = "" if not shapes or _A_SHAPE.search(str(error)) else f" (operands {shapes})"
        return type(error)(f"{what}: {error}{said}")
    ours = isinstance(error, _OF_ARGUMENTS) and not isinstance(error, FloatingPointError)
    if not ours and not type(error).__module__.startswith("numba."):
        return None
    if isinstance(error, IndexError) and what.startswith("getitem"):
        return OutOfBoundsError(f"{what}: {error} (operand {shapes})")
    few = isinstance(error, IndexError) and not isinstance(error, ValueError)
    if few or "unsized" in str(error):
        return ShapeError(f"{what}: an operand has too few axes (operands {shapes})")
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return ShapeError(f"{what}: {first} (operands {shapes})")
