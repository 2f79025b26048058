"""Networks that several chapters train: the CNN of the letters."""

import numpy as np

from core.nn import (
    GELU,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    Module,
    Sequential,
)


def letter_network(rng: np.random.Generator, dropout: float | None = None) -> Module:
    """28² → 32, 64, 128 kernels 3×3, each with pooling and GELU → 64 → 128 → 26 log-probabilities.

    137,178 parameters. With `dropout`, a layer of that share stands behind the first linear one.
    """
    return Sequential(
        Conv2d(1, 32, 3, rng=rng),
        MaxPool2d(2),
        GELU(),
        Conv2d(32, 64, 3, rng=rng),
        MaxPool2d(2, ceil_mode=True),
        GELU(),
        Conv2d(64, 128, 3, rng=rng),
        MaxPool2d(2),
        GELU(),
        Flatten(),
        Linear(512, 64, rng=rng),
        *(() if dropout is None else (Dropout(dropout, rng=rng),)),
        GELU(),
        Linear(64, 128, rng=rng),
        GELU(),
        Linear(128, 26, rng=rng),
        LogSoftmax(),
    )
