"""LeNet-5 on colour pictures of 32×32, with ReLU and max-pools."""

from typing import Any

import numpy as np

from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential
from tests.benchmarks.training.model import Model, pictures


def ours(rng: np.random.Generator) -> Module:
    """With our layers."""
    return Sequential(
        Conv2d(3, 6, 5, rng=rng), ReLU(), MaxPool2d(2),
        Conv2d(6, 16, 5, rng=rng), ReLU(), MaxPool2d(2),
        Flatten(),
        Linear(400, 120, rng=rng), ReLU(),
        Linear(120, 84, rng=rng), ReLU(),
        Linear(84, 10, rng=rng),
    )  # fmt: skip


def theirs(nn: Any) -> Any:
    """With PyTorch's."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip


LENET = Model(ours, theirs, pictures(3, 32, 32, classes=10))
