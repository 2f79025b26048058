"""What one mini-batch and one look at the test set report."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does on the whole test set after `step` mini-batches.

    `guesses` (N,) are class indices, `confidence` (N,) their probabilities; `confusion` (C, C)
    counts samples by true class (row) and guessed class (column). `margin` (N,) is the raw score
    of a two-class network, empty otherwise, and `bias` what its last bias adds to every score.
    `top2` is the fraction of samples whose class is the best or the second guess, NaN where there
    are only two classes. Of a look at a record only some samples are left: `samples` (N,) are their
    numbers, and `guesses`, `confidence` and `margin` are theirs; None means all.
    """

    step: int
    epoch: float
    loss: float
    accuracy: float
    guesses: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    confusion: NDArray[np.int64]
    margin: NDArray[np.float32]
    bias: float = 0.0
    top2: float = math.nan
    samples: NDArray[np.int64] | None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Of which test samples the guesses are (N,)."""
        return np.arange(len(self.guesses)) if self.samples is None else self.samples


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One mini-batch: its number (from 1), progress in epochs, and what was measured on it.

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
