"""How kernels are compiled: without the GIL, cached, alone or in two halves, or once for all."""

import ast
import inspect
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import cfunc, njit, prange, types

from core.kernels.llvm.simd_builder import flush_denormals, restore

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


_BOTH_HALVES = """
def both{name}({given}):
    for half in prange(2):
        before = flush_denormals()
        part({given}, int64(half))
        restore(before)
"""


def both_halves(part: Any) -> Any:
    """Make of a compiled `part(…, half)` a function of all but the last; denormals count as zero.

    numba knows what it keeps by file and line, so the function is written as if it stood there.
    """
    function = part.py_func
    *given, _ = inspect.signature(function).parameters
    text = _BOTH_HALVES.format(name=function.__name__, given=", ".join(given))
    tree = ast.increment_lineno(ast.parse(text), function.__code__.co_firstlineno)
    scope = {
        "__name__": function.__module__, "part": part, "prange": prange, "int64": np.int64,
        "flush_denormals": flush_denormals, "restore": restore,
    }  # fmt: skip
    exec(compile(tree, function.__code__.co_filename, "exec"), scope)
    return parallel_jit(scope[f"both{function.__name__}"])


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
