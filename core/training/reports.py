"""Reports: what an evaluation finds that does not fit in one number."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

MOST_CONFUSED = 4096
"""Of more classes than that there is no confusion matrix; it is (0, 0) then."""


@dataclass(frozen=True)
class Report:
    """Something that an evaluation found; `kind` names it in records."""

    kind: ClassVar[str]


@dataclass(frozen=True)
class ClassificationReport(Report):
    """Predictions for the test samples, and how the classes are confused.

    `predictions` (N,) are class indices, `confidence` (N,) their probabilities; `confusion` (C, C)
    counts samples by true class (row) and predicted class (column), (0, 0) of more than
    `MOST_CONFUSED` classes. `margin` (N,) is the raw score
    of a two-class network, empty otherwise, and `bias` what its last bias adds to every score.
    A record keeps only some samples: `samples` (N,) are their numbers, and `predictions`,
    `confidence` and `margin` are theirs; None means all.
    """

    kind = "classification"
    predictions: NDArray[np.int64]
    confidence: NDArray[np.float32]
    confusion: NDArray[np.int64]
    margin: NDArray[np.float32]
    bias: float = 0.0
    samples: NDArray[np.int64] | None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers (N,) of the test samples that `predictions` belong to."""
        return np.arange(len(self.predictions)) if self.samples is None else self.samples


@dataclass(frozen=True)
class RegressionReport(Report):
    """Predictions (N, K) beside the targets (N, K); `samples` as in a ClassificationReport."""

    kind = "regression"
    predictions: NDArray[np.float32]
    targets: NDArray[np.float32]
    samples: NDArray[np.int64] | None = None

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers (N,) of the test samples that `predictions` belong to."""
        return np.arange(len(self.predictions)) if self.samples is None else self.samples

    @property
    def residuals(self) -> NDArray[np.float32]:
        """Targets minus predictions, (N, K)."""
        return self.targets - self.predictions


@dataclass(frozen=True)
class TextReport(Report):
    """Texts that the network wrote, each going on from `prompt`."""

    kind = "text"
    prompt: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class SurfaceReport(Report):
    """A network's output over a grid of the plane: `values` (K, rows, columns), K outputs.

    Rows go with the second coordinate, from `low[1]` to `high[1]`, columns with the first.
    """

    kind = "surface"
    values: NDArray[np.float32]
    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True)
class ImageGridReport(Report):
    """Pictures that the network made: bytes (N, H, W) or (N, 3, H, W)."""

    kind = "images"
    images: NDArray[np.uint8]
