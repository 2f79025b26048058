"""A network that only reads: a chapter's model with weights from elsewhere."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import WeightsError
from core.kernels.arena import Arena
from core.paths import resource
from core.train.knobs import Knobs
from core.train.weights import load_weights


class Reader:
    """Classifies pictures with a copy of a chapter's network.

    Attributes: `classes`, `glyphs` (how a character on a page becomes a picture).
    """

    def __init__(self, chapter: Chapter, knobs: Knobs, classes: tuple[str, ...]) -> None:
        self.chapter = chapter
        self.classes = classes
        self.glyphs = chapter.glyphs
        self._model = chapter.task.model(knobs, np.random.default_rng(0))
        self._model.eval()
        self._arena = Arena.adopt(self._model)

    def set_weights(self, theta: NDArray[np.float32]) -> None:
        """Read with these weights (P,) from here on."""
        self._arena.theta[:] = theta

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, C) for pictures (N, 28, 28)."""
        return self.chapter.task.read(self._model, images)


def trained_weights(
    chapter: Chapter, knobs: Knobs, path: Path | None = None
) -> NDArray[np.float32]:
    """θ (P,) from `path`, or the chapter's trained weights. Raises WeightsError."""
    if path is None:
        if chapter.trained is None:
            raise WeightsError(f"“{chapter.title}” comes without trained weights; train it first.")
        path = resource(f"weights/{chapter.trained}")
    model = chapter.task.model(knobs, np.random.default_rng(0))
    return load_weights(path, Arena.adopt(model).layout, chapter.task.pixels)


def open_reader(chapter: Chapter, weights: Path | None) -> Reader:
    """A reader with a chapter's trained weights, or those in a file. Raises WeightsError."""
    knobs = chapter.defaults()
    reader = Reader(chapter, knobs, chapter.task.data(knobs).test.classes)
    reader.set_weights(trained_weights(chapter, knobs, weights))
    return reader
