"""GELU and its gradient, in the order in which the numbers lie in memory."""

from typing import Any

import numpy as np

from core.kernels.llvm.activations import GELU, PRODUCT, elementwise
from core.kernels.llvm.workspace import borrow_like
from core.kernels.reference import activations as reference

Array = Any


def gelu(x: Array) -> tuple[Array, Array]:
    """See `reference.gelu`, whose exact float64 form serves here too."""
    if x.dtype != np.float32:
        return reference.gelu(x)
    value, slope = borrow_like(x), borrow_like(x)
    if x.strides != value.strides:
        x = np.ascontiguousarray(x)
    elementwise(GELU, x.ravel(order="K"), value.ravel(order="K"), slope.ravel(order="K"))
    return value, slope


def scaled(g: Array, slope: Array) -> Array:
    """See `reference.scaled`."""
    if g.dtype != np.float32 or g.strides != slope.strides or g.shape != slope.shape:
        return reference.scaled(g, slope)
    result = borrow_like(slope)
    elementwise(PRODUCT, g.ravel(order="K"), slope.ravel(order="K"), result.ravel(order="K"))
    return result
