"""Cross-entropy with its gradient in one sweep."""

from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.jit import COMPILED
from core.kernels.reference import losses as reference

Array = Any


@njit(cache=True, nogil=True, error_model="numpy")
def _softmax_cross_entropy(scores: Array, labels: Array, gradient: Array) -> float:
    n, classes = scores.shape
    loss = 0.0
    for i in range(n):
        top = scores[i, 0]
        for c in range(1, classes):
            top = max(top, scores[i, c])
        total = scores.dtype.type(0)
        for c in range(classes):
            gradient[i, c] = np.exp(scores[i, c] - top)
            total += gradient[i, c]
        loss += np.log(total) - (scores[i, labels[i]] - top)
        for c in range(classes):
            gradient[i, c] /= total * n
        gradient[i, labels[i]] -= scores.dtype.type(1) / n
    return loss / n


def softmax_cross_entropy(scores: Array, labels: Array) -> tuple[float, Array]:
    """See `reference.softmax_cross_entropy`."""
    if scores.dtype not in COMPILED:
        return reference.softmax_cross_entropy(scores, labels)
    gradient = np.empty_like(scores)
    labels = np.ascontiguousarray(labels, np.int64)  # one compiled form for integers of any size
    loss = _softmax_cross_entropy(np.ascontiguousarray(scores), labels, gradient)
    return loss, gradient
