"""How kernels are compiled: without the GIL, cached, alone or in two halves, or once for all."""

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import cfunc, njit, types

FLOATS = types.CPointer(types.float32)
INTS = types.CPointer(types.int32)
INDEX = types.intp
COMPILED = (np.dtype(np.float32), np.dtype(np.float64))
"""The types that plain loops are compiled for; others are the reference's."""

compiled: Any = njit(cache=True, nogil=True, error_model="numpy")
"""Compile a function at its first call."""

_not_wanted = ("comprehension", "reduction", "inplace_binop", "setitem", "numpy", "stencil",
               "fusion")  # fmt: skip
_loops_only: Any = {"prange": True, **dict.fromkeys(_not_wanted, False)}

parallel_jit: Any = njit(cache=True, nogil=True, error_model="numpy", parallel=_loops_only)
"""Compile a function whose `prange(2)` runs on one core or on two. numba looks for no other way to
use the cores, which would cost seconds of compiling."""


def linked(*arguments: Any) -> Callable[[Callable[..., None]], Any]:
    """Compile a function of pointers and indices at once; others call it by its symbol.

    numba copies what a function calls into it and optimises it anew, which for a large kernel
    costs a second in every caller. Callers of this one only hold its name. An array is handed over
    as `array.ctypes`.
    """

    def decorate(function: Callable[..., None]) -> Any:
        signature = types.void(*arguments)
        kernel = cfunc(signature, cache=True, error_model="numpy")(function)
        symbol = f"{function.__module__}.{function.__name__}"
        llvm.add_symbol(symbol, kernel.address)
        return types.ExternalFunction(symbol, signature)

    return decorate
