"""Functions of each number by itself, sixteen at a time."""

import math
from typing import Any

from numba import prange, types

from core.kernels.llvm.jit import FLOATS, INDEX, linked, machine_code, parallel_jit
from core.kernels.llvm.simd_builder import LANES, Lanes, flush_denormals, restore
from core.kernels.reference.activations import ERF_SCALE, ERF_TAIL

Array = Any
_I = types.intp


@machine_code
def _gelu_tile(typing: Any, x: Any, value: Any, slope: Any, at: Any, last: Any) -> Any:
    """Φ by the error function, whose tail shares its e^(−x²/2) with the slope."""
    signature = types.void(x, value, slope, _I, _I)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        v = Lanes(context, builder, signature, values)
        *_, at, last = values
        mask = v.first(last)
        number = v.constant
        a = v.load_some(v.address(0, at), mask)
        scale = number(ERF_SCALE / math.sqrt(2))
        t = v.quotient(number(1), v.fma(v.magnitude(a), scale, number(1)))
        bell = v.exp(v.product(v.product(a, a), number(-0.5)))
        tail = number(ERF_TAIL[0])
        for coefficient in ERF_TAIL[1:]:
            tail = v.fma(tail, t, number(coefficient))
        beyond = v.product(v.product(v.product(tail, t), bell), number(0.5))
        phi = v.select(v.above(a, number(0)), v.minus(number(1), beyond), beyond)
        height = number(1 / math.sqrt(2 * math.pi))
        v.store_some(v.product(a, phi), v.address(1, at), mask)
        v.store_some(v.fma(v.product(a, bell), height, phi), v.address(2, at), mask)
        return v.done

    return signature, code


@machine_code
def _product_tile(typing: Any, a: Any, b: Any, result: Any, at: Any, last: Any) -> Any:
    signature = types.void(a, b, result, _I, _I)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        v = Lanes(context, builder, signature, values)
        *_, at, last = values
        mask = v.first(last)
        left, right = v.load_some(v.address(0, at), mask), v.load_some(v.address(1, at), mask)
        v.store_some(v.product(left, right), v.address(2, at), mask)
        return v.done

    return signature, code


@linked(FLOATS, FLOATS, FLOATS, INDEX, INDEX)
def _gelu(x: Any, value: Any, slope: Any, first: int, last: int) -> None:
    before = flush_denormals()
    for i in range(first, last, LANES):
        _gelu_tile(x, value, slope, i, min(LANES, last - i))
    restore(before)


@linked(FLOATS, FLOATS, FLOATS, INDEX, INDEX)
def _product(a: Any, b: Any, result: Any, first: int, last: int) -> None:
    before = flush_denormals()
    for i in range(first, last, LANES):
        _product_tile(a, b, result, i, min(LANES, last - i))
    restore(before)


@parallel_jit
def gelu(x: Array, value: Array, slope: Array) -> None:
    """a·Φ(a) and its slope for flat x."""
    middle = x.size // 2 // LANES * LANES
    for half in prange(2):
        first, last = (0, middle) if half == 0 else (middle, x.size)
        _gelu(x.ctypes, value.ctypes, slope.ctypes, first, last)


@parallel_jit
def product(a: Array, b: Array, result: Array) -> None:
    """a·b for flat arrays."""
    middle = a.size // 2 // LANES * LANES
    for half in prange(2):
        first, last = (0, middle) if half == 0 else (middle, a.size)
        _product(a.ctypes, b.ctypes, result.ctypes, first, last)
