"""The letter net: 28×28 → three times (3×3 convolution, 2×2 max-pool, GELU) → 512-64-128-26.

The pools make 26 rows 13, 11 rows 6 (with `ceil_mode`) and 4 rows 2.
"""

from typing import Any

import numpy as np

from core.nn import GELU, Conv2d, Flatten, Linear, MaxPool2d, Module, Sequential
from tests.benchmarks.training.model import Model, pictures


def ours(rng: np.random.Generator) -> Module:
    """With our layers."""
    return Sequential(
        Conv2d(1, 32, 3, rng=rng), MaxPool2d(2), GELU(),
        Conv2d(32, 64, 3, rng=rng), MaxPool2d(2, ceil_mode=True), GELU(),
        Conv2d(64, 128, 3, rng=rng), MaxPool2d(2), GELU(),
        Flatten(),
        Linear(512, 64, rng=rng), GELU(),
        Linear(64, 128, rng=rng), GELU(),
        Linear(128, 26, rng=rng),
    )  # fmt: skip


def theirs(nn: Any) -> Any:
    """With PyTorch's."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.GELU(),
        nn.Conv2d(32, 64, 3), nn.MaxPool2d(2, ceil_mode=True), nn.GELU(),
        nn.Conv2d(64, 128, 3), nn.MaxPool2d(2), nn.GELU(),
        nn.Flatten(),
        nn.Linear(512, 64), nn.GELU(),
        nn.Linear(64, 128), nn.GELU(),
        nn.Linear(128, 26),
    )  # fmt: skip


LETTER = Model(ours, theirs, pictures(1, 28, 28, classes=26))
