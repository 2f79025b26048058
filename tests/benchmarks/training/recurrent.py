"""A GRU and an LSTM, 128 inputs and 128 units over 64 steps; the last output names the class.

“GRU, two layers” has a second layer of 128 units above the first.
"""

from functools import partial
from typing import Any

import numpy as np

from core.autograd import Tensor
from core.nn import GRU, LSTM, Linear, Module
from tests.benchmarks.training.model import Batch, Model

_STEPS, _WIDTH, _CLASSES = 64, 128, 10
_CELLS: dict[str, type[GRU] | type[LSTM]] = {"GRU": GRU, "LSTM": LSTM}


class Ours(Module):
    """With our layers."""

    def __init__(self, cell: str, layers: int, rng: np.random.Generator) -> None:
        self.cell = _CELLS[cell](_WIDTH, _WIDTH, layers, rng=rng)
        self.head = Linear(_WIDTH, _CLASSES, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """(T, N, I) → (N, classes)."""
        outputs, _ = self.cell(x)
        return self.head(outputs[-1])


def theirs(cell: str, layers: int, nn: Any) -> Any:
    """With PyTorch's."""

    class Theirs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = getattr(nn, cell)(_WIDTH, _WIDTH, layers)
            self.head = nn.Linear(_WIDTH, _CLASSES)

        def forward(self, x: Any) -> Any:
            outputs, _ = self.cell(x)
            return self.head(outputs[-1])

    return Theirs()


def batch(rng: np.random.Generator, n: int) -> Batch:
    """Sequences of noise (T, N, I), each with a class."""
    x = rng.standard_normal((_STEPS, n, _WIDTH), np.float32)
    return x, rng.integers(0, _CLASSES, n)


RECURRENT = {
    name: Model(partial(Ours, cell, layers), partial(theirs, cell, layers), batch)
    for name, cell, layers in (
        ("GRU", "GRU", 1), ("GRU, two layers", "GRU", 2), ("LSTM", "LSTM", 1)
    )
}  # fmt: skip
