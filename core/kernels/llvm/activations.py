"""Functions of each number by itself, sixteen at a time."""

import math
from typing import Any

from numba import prange

from core.kernels.llvm.jit import FLOATS, INDEX, linked, parallel_jit
from core.kernels.llvm.simd_builder import (
    LANES,
    Lanes,
    Value,
    flush_denormals,
    one_of,
    restore,
)
from core.kernels.reference.activations import ERF_SCALE, ERF_TAIL

Array = Any
GELU, PRODUCT = range(2)
"""The functions of `elementwise`: x to value and slope, or a and b to a·b."""


def _gelu(v: Lanes, x: Value, value: Value, slope: Value, at: Value, last: Value) -> None:
    """Φ by the error function, whose tail shares its e^(−x²/2) with the slope."""
    mask = v.first(last)
    number = v.constant
    a = v.load(v.after(x, at), mask)
    scale = number(ERF_SCALE / math.sqrt(2))
    t = v.quotient(number(1), v.fma(v.magnitude(a), scale, number(1)))
    bell = v.exp(v.product(v.product(a, a), number(-0.5)))
    tail = number(ERF_TAIL[0])
    for coefficient in ERF_TAIL[1:]:
        tail = v.fma(tail, t, number(coefficient))
    beyond = v.product(v.product(v.product(tail, t), bell), number(0.5))
    phi = v.select(v.above(a, number(0)), v.minus(number(1), beyond), beyond)
    height = number(1 / math.sqrt(2 * math.pi))
    v.store(v.product(a, phi), v.after(value, at), mask)
    v.store(v.fma(v.product(a, bell), height, phi), v.after(slope, at), mask)


def _product(v: Lanes, a: Value, b: Value, result: Value, at: Value, last: Value) -> None:
    mask = v.first(last)
    left, right = v.load(v.after(a, at), mask), v.load(v.after(b, at), mask)
    v.store(v.product(left, right), v.after(result, at), mask)


_functions = one_of([_gelu, _product])


@linked(INDEX, FLOATS, FLOATS, FLOATS, INDEX, INDEX)
def _part(which: int, x: Any, y: Any, z: Any, first: int, last: int) -> None:
    before = flush_denormals()
    for i in range(first, last, LANES):
        _functions(which, x, y, z, i, min(LANES, last - i))
    restore(before)


@parallel_jit
def elementwise(which: int, x: Array, y: Array, z: Array) -> None:
    """One of these functions for three flat arrays."""
    middle = x.size // 2 // LANES * LANES
    for half in prange(2):
        first, last = (0, middle) if half == 0 else (middle, x.size)
        _part(which, x.ctypes, y.ctypes, z.ctypes, first, last)
