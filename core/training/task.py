"""Task: train and test data, network, loss, preprocessing, and logits to probabilities."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.data.dataset import Dataset
from core.knobs import Knobs
from core.nn import Module

Augment = Callable[[NDArray[np.uint8], np.random.Generator, Knobs], NDArray[np.uint8]]


class Split(NamedTuple):
    """Training set and test set."""

    train: Dataset
    test: Dataset


@dataclass(frozen=True)
class Normalize:
    """Maps bytes 0…255 to (byte / 255 − mean) / std. Saved with the weights."""

    mean: float = 0.0
    std: float = 1.0

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 28, 28) bytes → (N, 1, 28, 28) float32."""
        scaled = np.multiply(images, np.float32(1 / (255 * self.std)), dtype=np.float32)
        scaled -= np.float32(self.mean / self.std)
        return scaled[:, None]


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (N, C) → probabilities (N, C); the row maximum is subtracted first."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def binary_probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (N, 1) of the second class → probabilities (N, 2), by the logistic function."""
    second = 1 / (1 + np.exp(-np.clip(scores, -60, 60)))
    return np.concatenate([1 - second, second], axis=1)


@dataclass(frozen=True)
class Task:
    """A learning task; its knobs supply the hyperparameters.

    `loss(logits, labels, knobs)` gives a scalar Tensor; `probabilities` maps logits (N, S)
    to (N, C). With `shuffled` false the samples keep the order of the file. Before each
    mini-batch `before_batch(model, knobs)` may apply knobs to the model, and
    `augment(images, rng, knobs)` may augment its images.
    """

    data: Callable[[Knobs], Split]
    model: Callable[[Knobs, np.random.Generator], Module]
    loss: Callable[[Tensor, NDArray[np.integer], Knobs], Tensor]
    probabilities: Callable[[NDArray[np.float32]], NDArray[np.float32]] = softmax
    normalize: Normalize = Normalize()
    shuffled: bool = True
    before_batch: Callable[[Module, Knobs], None] | None = None
    augment: Augment | None = None

    def logits(self, model: Module, images: NDArray[np.uint8]) -> Tensor:
        """Logits (N, S) of `model` for `images` (N, 28, 28)."""
        return model(Tensor(self.normalize(images)))

    def predict_proba(self, model: Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, C) for `images` (N, 28, 28), in eval mode and without a graph."""
        training = model.training
        model.eval()
        try:
            with no_grad():
                return self.probabilities(self.logits(model, images).data)
        finally:
            model.train(training)
