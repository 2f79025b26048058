"""Gradient descent one sample at a time; see `llvm/online.py` for the loops."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import LabError, ShapeError
from core.kernels.llvm import mlp, online
from core.kernels.llvm.workspace import borrow, plain
from core.kernels.numba.mlp import BENDS, address
from core.kernels.reference import online as reference
from core.translation import tr

Array = Any


def online_descent(
    weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[Any], x: Array,
    targets: Array, lr: float, loss: reference.Loss, block: int = 20,
) -> tuple[Array, Array]:  # fmt: skip
    """See `reference.online_descent`. With `block` 1 nothing is put off."""
    parameters = (*weights, *biases)
    if any(p.dtype != np.float32 for p in (*parameters, x, targets)):
        return reference.online_descent(weights, biases, activations, x, targets, lr, loss)
    if not all(p.flags.c_contiguous and p.flags.writeable for p in parameters):
        raise LabError(tr("online_descent() changes weights in place: they must lie in one piece."))
    widths = [len(bias) for bias in biases]
    shapes = [(out, inputs) for out, inputs in zip(widths, [x.shape[-1], *widths], strict=False)]
    if (
        not widths
        or [w.shape for w in weights] != shapes
        or any(b.ndim != 1 for b in biases)
        or x.ndim != 2
        or targets.shape != (len(x), widths[-1])
    ):
        raise ShapeError(
            tr(
                "online_descent(): x {shape}, targets {targets_shape}, weights {weights} and "
                "biases {biases} do not fit."
            ).format(
                shape=x.shape,
                targets_shape=targets.shape,
                weights=[w.shape for w in weights],
                biases=[b.shape for b in biases],
            )
        )
    values, slopes, gradients = ([borrow((w,)) for w in widths] for _ in range(3))
    x, targets = plain(x), plain(targets)
    table = np.zeros((len(weights), mlp.BEND + 1), np.int64)
    inputs = [x, *values[:-1]]
    for row, *arrays, gradient, activation in zip(
        table, weights, biases, inputs, values, slopes, gradients, activations, strict=True
    ):
        row[: mlp.SLOPE + 1] = [address(a) for a in arrays]
        row[mlp.GRADIENT] = address(gradient)
        row[mlp.INPUTS :] = arrays[0].shape[1], len(arrays[0]), BENDS[activation]
    block = max(1, min(block, len(x)))
    losses, outputs = np.empty(len(x), np.float32), np.empty((len(x), widths[-1]), np.float32)
    online.descend(
        table, x, targets, np.float32(lr), loss == "squared_error", block, values[-1],
        gradients[-1], borrow((max(widths),)), borrow((block, widths[0])),
        borrow((block, widths[0])), borrow((block, block)), losses, outputs,
    )  # fmt: skip
    return losses, outputs
