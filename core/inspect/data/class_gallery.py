"""Galleries of one class, sorted by confidence (chapters 5 and 8)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.inspect.subset import evenly_spaced
from core.training.trainer import Trainer

BEST, WORST, RANDOM, FILE = "best", "worst", "random", "file"
"""Sure and right ones first, sure and wrong ones first, at random, as in the file."""


@dataclass(frozen=True)
class Predictions:
    """What a network takes N pictures for: classes (N,), and how sure it is of them (N,)."""

    guesses: NDArray[np.integer]
    confidence: NDArray[np.float32]

    def of(self, numbers: NDArray[np.intp]) -> "Predictions":
        """Those of some of the pictures."""
        return Predictions(self.guesses[numbers], self.confidence[numbers])


def class_members(labels: NDArray[np.integer], label: int | None, most: int) -> NDArray[np.intp]:
    """Numbers of the pictures with a label, or of all; of more than `most` an even choice."""
    found = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    return found[evenly_spaced(len(found), most)]


def sort_members(
    labels: NDArray[np.integer], verdicts: Predictions | None, order: str, seed: int
) -> NDArray[np.intp]:
    """In which order to show N pictures with these labels; without verdicts as in the file.

    `seed` gives another order at random.
    """
    if order == RANDOM:
        return np.random.default_rng(seed).permutation(len(labels))
    if order == FILE or verdicts is None:
        return np.arange(len(labels))
    right = verdicts.guesses == labels
    score = np.where(right, verdicts.confidence, -verdicts.confidence)
    return np.argsort(score if order == WORST else -score, kind="stable")


def predict_samples(run: Trainer, train: bool, numbers: NDArray[np.intp]) -> Predictions:
    """What a run's network takes pictures of the training set, or of the test set, for.

    Reads with averaged weights where there are any, as a look at the test set does.
    """
    images = (run.data.train if train else run.data.test).images[numbers]
    with run.ema.in_place():
        probabilities = run.task.predict_proba(run.model, images)
    return Predictions(probabilities.argmax(axis=1), probabilities.max(axis=1))
