"""Fused MLP in plain numpy: layer by layer."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.kernels.reference.activations import gelu, sigmoid
from core.kernels.reference.linear import linear_backward, linear_forward

Array = NDArray[np.floating]
Activation = Literal["relu", "gelu", "sigmoid"] | None


class FusedMLP:
    """x (N, in) → `value` (N, out), through a weight (out, in), a bias and an activation each."""

    def __init__(
        self,
        x: Array,
        weights: Sequence[Array],
        biases: Sequence[Array],
        activations: Sequence[Activation],
    ) -> None:
        self._weights = weights
        self._inputs = [x]
        self._slopes: list[Array | None] = []
        for weight, bias, activation in zip(weights, biases, activations, strict=True):
            value, slope = _activated(linear_forward(self._inputs[-1], weight, bias), activation)
            self._inputs.append(value)
            self._slopes.append(slope)
        self.value = self._inputs.pop()

    def gradients(self, g: Array, want_x: bool) -> tuple[Array | None, list[Array], list[Array]]:
        """From g (N, out), what x, the weights and the biases get."""
        d_weights, d_biases = [], []
        for x, weight, slope in zip(
            self._inputs[::-1], self._weights[::-1], self._slopes[::-1], strict=True
        ):
            if slope is not None:
                g = g * slope
            d_x, d_weight, d_bias = linear_backward(g, x, weight, None, (True, True, True))
            assert d_x is not None and d_weight is not None and d_bias is not None
            d_weights.append(d_weight)
            d_biases.append(d_bias)
            g = d_x
        return g if want_x else None, d_weights[::-1], d_biases[::-1]


def _activated(a: Array, activation: Activation) -> tuple[Array, Array | None]:
    """The value and, where it bends, the slope."""
    match activation:
        case "relu":
            return np.maximum(a, 0), (a > 0).astype(a.dtype)
        case "gelu":
            return gelu(a)
        case "sigmoid":
            y = sigmoid(a)
            return y, y * (1 - y)
    return a, None
