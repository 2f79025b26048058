"""Sample query: a filter on the test set that one panel sets and another shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.formatting import format_fixed
from core.training.reports import ClassificationReport


@dataclass(frozen=True)
class SampleQuery:
    """A cell of the confusion matrix, a range of scores, mistakes, or samples by their `numbers`.

    Scores are counted before the bias, as the score view shows them; `bias` is what to take off.
    With a `threshold` only samples on its wrong side are meant.
    """

    true: int | None = None
    guess: int | None = None
    low: float = -np.inf
    high: float = np.inf
    bias: float = 0.0
    threshold: float | None = None
    numbers: tuple[int, ...] | None = None

    def samples(
        self, labels: NDArray[np.integer], report: ClassificationReport
    ) -> NDArray[np.intp]:
        """The numbers of the samples that are meant, given all labels (N,)."""
        if self.numbers is not None:
            return np.array(self.numbers, np.intp)
        looked_at = report.numbers
        labels = labels[looked_at]
        meant = np.ones(len(labels), bool)
        if self.true is not None:
            meant &= labels == self.true
        if self.guess is not None:
            meant &= report.predictions == self.guess
        if len(report.margin):
            scores = report.margin - self.bias
            meant &= (scores >= self.low) & (scores < self.high)
            if self.threshold is not None:
                meant &= (scores > self.threshold) != labels
        return looked_at[meant]

    def words(self, classes: tuple[str, ...]) -> str:
        """What is meant, for a caption."""
        parts = []
        if self.numbers is not None:
            parts.append(f"{len(self.numbers):,} samples")
        if self.true is not None:
            parts.append(f"“{classes[self.true]}”")
        if self.guess is not None:
            parts.append(f"→ “{classes[self.guess]}”")
        if np.isfinite(self.low) or np.isfinite(self.high):
            parts.append(f"{format_fixed(self.low, 2)} … {format_fixed(self.high, 2)}")
        if self.threshold is not None:
            parts.append(f"wrong side of {format_fixed(self.threshold, 2)}")
        return " ".join(parts)
