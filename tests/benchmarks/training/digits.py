"""The digits net, 784-128-64-10 with ReLU."""

from typing import Any

import numpy as np

from core.nn import Linear, Module, ReLU, Sequential
from tests.benchmarks.training.model import Model, pictures


def ours(rng: np.random.Generator) -> Module:
    """With our layers."""
    return Sequential(
        Linear(784, 128, rng=rng), ReLU(),
        Linear(128, 64, rng=rng), ReLU(),
        Linear(64, 10, rng=rng),
    )  # fmt: skip


def theirs(nn: Any) -> Any:
    """With PyTorch's."""
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


DIGITS = Model(ours, theirs, pictures(784, classes=10))
