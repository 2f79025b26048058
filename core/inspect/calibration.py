"""Calibration: reliability diagram, expected calibration error, selective accuracy.

Of all answers given with about 80 % confidence, 80 % should be right. The reliability diagram and
the expected calibration error are those of Guo et al. 2017; coverage against accuracy those of
El-Yaniv & Wiener 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ReliabilityDiagram:
    """Answers sorted into bins of confidence between `edges` (B+1,).

    `counts` (B,); of each bin the mean `confidence` and the `accuracy` (B,), NaN where it is empty.
    `error` is the expected calibration error Σ nᵢ/n · |accuracyᵢ − confidenceᵢ|. `overconfidence`
    is the mean confidence minus the accuracy of all.
    """

    edges: Array
    counts: NDArray[np.int64]
    confidence: Array
    accuracy: Array
    error: float
    overconfidence: float


def reliability_diagram(
    confidence: NDArray[np.float32], right: NDArray[np.bool_], bins: int = 10
) -> ReliabilityDiagram:
    """Of answers with `confidence` (N,), each `right` or not. No answers: no error."""
    sure = np.clip(np.nan_to_num(confidence.astype(np.float64)), 0, 1)
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((sure * bins).astype(np.intp), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(place, sure, bins) / counts
        accuracy = np.bincount(place, right.astype(np.float64), bins) / counts
    total = max(len(sure), 1)
    error = float(np.nansum(counts * np.abs(accuracy - mean)) / total)
    overconfidence = float((sure.sum() - np.count_nonzero(right)) / total)
    return ReliabilityDiagram(edges, counts, mean, accuracy, error, overconfidence)


@dataclass(frozen=True)
class SelectiveAccuracy:
    """Coverage and accuracy of the predictions with at least `threshold` confidence."""

    threshold: float
    answered: int
    wrong: int
    total: int

    @property
    def coverage(self) -> float:
        """The fraction that is answered."""
        return self.answered / self.total if self.total else 0.0

    @property
    def accuracy(self) -> float:
        """The fraction of the answers that is right; 1 where nothing is answered."""
        return 1 - self.wrong / self.answered if self.answered else 1.0


class CoverageCurve:
    """Selective classification: accuracy against coverage.

    Attributes: `covered` and `accuracy` (M,) along the curve, from the surest answer alone to all.
    """

    def __init__(self, confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> None:
        sure = np.nan_to_num(confidence.astype(np.float64))
        order = np.argsort(-sure, kind="stable")
        self._sure = sure[order]
        self._wrong = np.cumsum(~right[order])
        total = len(sure)
        # Answers that are equally sure come or go together.
        ends = np.flatnonzero(np.append(np.diff(self._sure) != 0, True)) if total else np.arange(0)
        answered = ends + 1
        self._ends = answered
        self.covered: Array = answered / max(total, 1)
        self.accuracy: Array = 1 - self._wrong[ends] / np.maximum(answered, 1)

    def at(self, threshold: float) -> SelectiveAccuracy:
        """Answering only with at least this confidence."""
        answered = int(np.searchsorted(-self._sure, -threshold, side="right"))
        wrong = int(self._wrong[answered - 1]) if answered else 0
        return SelectiveAccuracy(threshold, answered, wrong, len(self._sure))

    def for_accuracy(self, accuracy: float) -> SelectiveAccuracy | None:
        """The most answers that are right so often; None where not even the surest are."""
        good = np.flatnonzero(self.accuracy >= accuracy)
        if not len(good):
            return None
        return self.at(float(self._sure[self._ends[good[-1]] - 1]))

    def for_coverage(self, share: float) -> SelectiveAccuracy:
        """About so much answered: the surest ones, and all that are as sure as the last of them."""
        last = min(max(round(share * len(self._sure)), 0), len(self._sure))
        return self.at(float(self._sure[last - 1])) if last else self.at(np.inf)
