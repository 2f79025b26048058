"""784-500-200-10 with sigmoids and summed squares, learning from one sample at a time."""

from typing import Any

import numpy as np

from core.nn import Linear, Module, Sequential, Sigmoid
from tests.benchmarks.training.model import Batch, Model


def ours(rng: np.random.Generator) -> Module:
    """With our layers."""
    return Sequential(
        Linear(784, 500, rng=rng), Sigmoid(),
        Linear(500, 200, rng=rng), Sigmoid(),
        Linear(200, 10, rng=rng), Sigmoid(),
    )  # fmt: skip


def theirs(nn: Any) -> Any:
    """With PyTorch's."""
    return nn.Sequential(
        nn.Linear(784, 500), nn.Sigmoid(),
        nn.Linear(500, 200), nn.Sigmoid(),
        nn.Linear(200, 10), nn.Sigmoid(),
    )  # fmt: skip


def batch(rng: np.random.Generator, n: int) -> Batch:
    """Noise, and a one for the right class."""
    wanted = np.eye(10, dtype=np.float32)[rng.integers(0, 10, n)]
    return rng.random((n, 784), np.float32), wanted


ONE_BY_ONE = Model(ours, theirs, batch, loss="squared_error")
