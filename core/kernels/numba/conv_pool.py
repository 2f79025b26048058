"""Convolution, bias and 2×2 max-pool in one piece; see `llvm/conv_pool.py` for the loops."""

from typing import Any

import numpy as np

from core.kernels.llvm import conv_pool
from core.kernels.llvm.simd_builder import LANES
from core.kernels.llvm.workspace import borrow, inward, outward, plain
from core.kernels.reference import conv_pool as reference

Array = Any
Needs = tuple[bool, bool, bool]


class ConvPool:
    """See `reference.ConvPool`. Pictures stay channels last from layer to layer."""

    def __new__(cls, x: Array, weight: Array, bias: Array | None, ceil_mode: bool) -> Any:
        """The reference class for float64."""
        if x.dtype == weight.dtype == np.float32:
            return super().__new__(cls)
        return reference.ConvPool(x, weight, bias, ceil_mode)

    def __init__(self, x: Array, weight: Array, bias: Array | None, ceil_mode: bool) -> None:
        self._x = inward(x)
        self._shape = weight.shape
        outputs, channels, lines, columns = weight.shape
        length = columns * channels
        wide = _whole(outputs)
        by_place = borrow((lines, length, wide))
        self._weight = borrow((outputs, lines, _whole(length)))
        offset = np.zeros(wide, np.float32)
        if bias is not None:
            offset[:outputs] = bias
        shape = reference.pooled_shape(x.shape, weight.shape, ceil_mode)
        value, self._where = borrow(shape), borrow(shape, np.int32)
        conv_pool.forward(
            self._x, plain(weight), self._weight, by_place, offset, value, self._where
        )
        self.value = outward(value)
        self.where = outward(self._where)

    def gradients(self, g: Array, needs: Needs) -> tuple[Array | None, Array | None, Array | None]:
        """See `reference.ConvPool.gradients`."""
        halves = borrow((2, *self._weight.shape))
        d_bias = np.zeros((2, len(self._weight)), np.float32)
        d_x = borrow(self._x.shape if needs[0] else (0, 0, 0, 0))
        d_weight = borrow(self._shape)
        conv_pool.gradients(
            inward(g), self._where, self._x, self._weight, d_x, halves, d_weight, d_bias
        )
        return outward(d_x) if needs[0] else None, d_weight, d_bias[0] + d_bias[1]


def _whole(count: int) -> int:
    """The next multiple of sixteen."""
    return -(-count // LANES) * LANES
