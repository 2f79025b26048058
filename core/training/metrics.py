"""Metrics of one training step and of one evaluation on the test set."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results on the whole test set after `step` mini-batches.

    `predictions` (N,) are class indices, `confidence` (N,) their probabilities; `confusion` (C, C)
    counts samples by true class (row) and predicted class (column). `margin` (N,) is the raw score
    of a two-class network, empty otherwise, and `bias` what its last bias adds to every score.
    `top2` is the fraction of samples whose class is the best or the second best, NaN where there
    are only two classes. A record keeps only some samples: `samples` (N,) are their
    numbers, and `predictions`, `confidence` and `margin` are theirs; None means all.
    """

    step: int
    epoch: float
    loss: float
    accuracy: float
    predictions: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    confusion: NDArray[np.int64]
    margin: NDArray[np.float32]
    bias: float = 0.0
    top2: float = math.nan
    samples: NDArray[np.int64] | None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Indices (N,) of the test samples that `predictions` belong to."""
        return np.arange(len(self.predictions)) if self.samples is None else self.samples


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """Metrics of one optimizer step: its number (from 1), progress in epochs, loss, accuracy.

    `loss` is the mean over the batch, `accuracy` a fraction, `gradient` the Euclidean norm over
    all parameters. `finished` is set when the chapter's own goal is reached.
    """

    number: int
    epoch: float
    samples: int
    loss: float
    accuracy: float
    lr: float
    gradient: float
    evaluation: Evaluation | None = None
    finished: bool = False
