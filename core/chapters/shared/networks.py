"""Networks that several chapters train, and their loss."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.knobs import Knobs
from core.nn import (
    GELU,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)


def negative_log_likelihood(scores: Tensor, labels: NDArray[np.integer], knobs: Knobs) -> Tensor:
    """Minus the log-probability of the right class, mean over the batch."""
    return F.nll_loss(scores, labels)


def linear_layers(
    rng: np.random.Generator, *widths: int, activation: type[Module] = ReLU
) -> list[Module]:
    """From width to width, an activation between them; log-probabilities at the end."""
    layers: list[Module] = []
    for before, after in pairwise(widths):
        layers += [Linear(before, after, rng=rng), activation()]
    return [*layers[:-1], LogSoftmax()]


def letter_convolutions(
    rng: np.random.Generator, *kernels: int, normalized: bool = False
) -> list[Module]:
    """28² → three times so many kernels 3×3, each with pooling and GELU → the last ones' 2², flat.

    `normalized`: with batch norm before the GELU.
    """
    layers: list[Module] = []
    for before, after, ceil_mode in zip((1, *kernels), kernels, (False, True, False), strict=False):
        layers += [Conv2d(before, after, 3, rng=rng), MaxPool2d(2, ceil_mode=ceil_mode)]
        layers += [BatchNorm2d(after), GELU()] if normalized else [GELU()]
    return [*layers, Flatten()]


def letter_network(rng: np.random.Generator, dropout: float | None = None) -> Module:
    """28² → 32, 64, 128 kernels 3×3, each with pooling and GELU → 64 → 128 → 26 log-probabilities.

    137,178 parameters. With `dropout`, a layer of that share stands behind the first linear one.
    """
    return Sequential(
        *letter_convolutions(rng, 32, 64, 128),
        Linear(512, 64, rng=rng),
        *(() if dropout is None else (Dropout(dropout, rng=rng),)),
        GELU(),
        *linear_layers(rng, 64, 128, 26, activation=GELU),
    )
