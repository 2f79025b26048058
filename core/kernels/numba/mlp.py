"""Linear layers one behind the other in two sweeps; see `llvm/mlp.py` for the loops."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.kernels.llvm import mlp
from core.kernels.llvm.jit import compiled
from core.kernels.llvm.workspace import borrow, plain
from core.kernels.reference import mlp as reference

Array = Any
BENDS = {None: mlp.NOTHING, "relu": mlp.RELU, "gelu": mlp.GELU, "sigmoid": mlp.SIGMOID}


class FusedMLP:
    """See `reference.FusedMLP`."""

    def __new__(
        cls, x: Array, weights: Sequence[Array], biases: Sequence[Array], activations: Any
    ) -> Any:
        """The reference class for float64."""
        if all(a.dtype == np.float32 for a in (x, *weights, *biases)):
            return super().__new__(cls)
        return reference.FusedMLP(x, weights, biases, activations)

    def __init__(
        self, x: Array, weights: Sequence[Array], biases: Sequence[Array], activations: Any
    ) -> None:
        rows = len(x)
        first = plain(x)
        kept: list[Array] = [first]  # the table holds addresses only
        widths = [len(weight) for weight in weights]
        values = borrow((2, rows * sum(widths)))  # one block: values, then slopes
        at, slope_at = address(values), address(values) + values.strides[0]
        source, width, table = address(first), first.shape[1], []
        for weight, bias, activation, outputs in zip(
            weights, biases, activations, widths, strict=True
        ):
            weight, bias = plain(weight), plain(bias)
            kept += weight, bias
            addresses = [address(weight), address(bias), source, at, slope_at]
            table.append([*addresses, 0, 0, 0, width, outputs, BENDS[activation]])
            source, width = at, outputs
            at += 4 * rows * outputs
            slope_at += 4 * rows * outputs
        self._table = np.array(table)
        self._kept = kept
        self._shapes = [weight.shape for weight in weights]
        self._rows = rows
        mlp.forward(self._table, rows)
        self.value = values[0, rows * sum(widths[:-1]) :].reshape(rows, widths[-1])

    def gradients(self, g: Array, want_x: bool) -> tuple[Array | None, list[Array], list[Array]]:
        """See `reference.FusedMLP.gradients`."""
        table, rows, shapes = self._table, self._rows, self._shapes
        bends = table[-1, mlp.BEND] != mlp.NOTHING
        g = np.array(g, order="C") if bends else plain(g)
        gradients = borrow((sum(outputs * inputs + outputs for outputs, inputs in shapes),))
        between = borrow((rows * sum(inputs for _, inputs in shapes[1:]),))
        d_x = borrow((rows, shapes[0][1])) if want_x else g[:0]
        d_weights, d_biases = [], []
        start, base = 0, address(gradients)
        d_input, d_inputs, d_weight_places = address(between), [address(d_x)], []
        for number, (outputs, inputs) in enumerate(shapes):
            if number:
                d_inputs.append(d_input)
                d_input += 4 * rows * inputs
            d_weight_places.append(base + 4 * start)
            end = start + outputs * inputs
            d_weights.append(gradients[start:end].reshape(outputs, inputs))
            d_biases.append(gradients[end : end + outputs])
            start = end + outputs
        table[:, mlp.D_INPUT] = d_inputs
        table[:, mlp.GRADIENT] = [*d_inputs[1:], address(g)]
        table[:, mlp.D_WEIGHT] = d_weight_places
        mlp.backward(table, rows, want_x)
        return d_x if want_x else None, d_weights, d_biases


@compiled
def address(array: Array) -> Any:
    """Where an array lies."""
    return array.ctypes.data
