"""Softmax cross-entropy with its gradient."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def softmax_cross_entropy(scores: Array, labels: NDArray[np.integer]) -> tuple[float, Array]:
    """Mean cross-entropy of (N, C) scores and its gradient, softmax minus one-hot, over N."""
    n = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=1, keepdims=True)
    rows = np.arange(n)
    loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
    gradient = powers / total
    gradient[rows, labels] -= 1
    gradient /= n
    return loss, gradient
