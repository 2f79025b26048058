"""A product and a sum rounded once, where the kernel says so."""

from collections.abc import Sequence
from typing import Any

from numba import types
from numba.extending import intrinsic


def _fma(typing: Any, a: Any, b: Any, c: Any) -> Any:
    if not isinstance(a, types.Float) or not a == b == c:
        return None

    def code(context: Any, builder: Any, signature: Any, values: Sequence[Any]) -> Any:
        return builder.fma(*values)

    return a(a, b, c), code


fma: Any = intrinsic(_fma)
"""fma(a, b, c) = a·b + c of one float type.

Under `fastmath={"contract"}` LLVM chooses which products of a sum it fuses, and it may choose
otherwise in the copy that it keeps in the cache: a run would give other bits at the second start.
"""
