"""One network written twice: with our layers and with PyTorch's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.nn import Module

Batch = tuple[NDArray[Any], NDArray[Any]]
Loss = Literal["cross_entropy", "squared_error"]


def through(net: Any, x: Any) -> Any:
    """Straight through the network."""
    return net(x)


@dataclass(frozen=True)
class Model:
    """Two networks with parameters of the same names and shapes, and what they learn.

    `ours(rng)` and `theirs(torch.nn)` build them, `batch(rng, n)` makes samples and labels for
    both, and `scores(net, x)` is the way through either of them.
    """

    ours: Callable[[np.random.Generator], Module]
    theirs: Callable[[Any], Any]
    batch: Callable[[np.random.Generator, int], Batch]
    scores: Callable[[Any, Any], Any] = through
    loss: Loss = "cross_entropy"


def pictures(*shape: int, classes: int) -> Callable[[np.random.Generator, int], Batch]:
    """Batches of noise of this shape, each sample with a class."""

    def batch(rng: np.random.Generator, n: int) -> Batch:
        return rng.random((n, *shape), np.float32), rng.integers(0, classes, n)

    return batch
