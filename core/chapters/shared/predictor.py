"""A network that only reads: a chapter's model with weights from elsewhere."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.chapters.chapter import Chapter
from core.errors import WeightsError
from core.inspect.layer_outputs import LayerOutput, LayerOutputs
from core.knobs import Knobs
from core.nn.arena import Arena
from core.ocr.glyph import GlyphStyle
from core.paths import resource
from core.training.weights_file import LoadedWeights, classes_in, read_weights
from core.translation import tr


class Predictor:
    """Classifies pictures with a copy of a chapter's network.

    Attributes: `classes`.
    """

    def __init__(self, chapter: Chapter, knobs: Knobs, classes: tuple[str, ...]) -> None:
        self.chapter = chapter
        self.classes = classes
        self._model = chapter.task.model(knobs, np.random.default_rng(0))
        self._model.eval()
        self._arena = Arena.adopt(self._model)
        for parameter in self._model.parameters():
            parameter.requires_grad = False
        self._layer_outputs = LayerOutputs(self._model)

    @property
    def glyphs(self) -> GlyphStyle:
        """How a character on a page becomes a picture. Raises LabError where it reads none."""
        return self.chapter.glyph_style()

    def set_weights(self, theta: NDArray[np.float32]) -> None:
        """Read with these weights (P,) from here on."""
        self._arena.theta[:] = theta

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities (N, C) for pictures (N, 28, 28)."""
        return self.chapter.task.predict_proba(self._model, images)

    def follow(self, image: NDArray[Any]) -> tuple[NDArray[np.float32], list[LayerOutput]]:
        """Probabilities (C,) for one sample, and the layers it went through."""
        task = self.chapter.task
        scores, layers = self._layer_outputs(task.encode(image[None]))
        return task.probabilities(scores.data)[0], layers


def trained_weights(
    chapter: Chapter, knobs: Knobs, path: Path | None = None
) -> NDArray[np.float32]:
    """θ (P,) from `path`, or the chapter's trained weights. Raises WeightsError."""
    return read_trained(chapter, knobs, path or shipped_weights(chapter)).theta


def read_trained(chapter: Chapter, knobs: Knobs, path: Path) -> LoadedWeights:
    """The same from `path`, with what was assumed of the file."""
    model = chapter.task.model(knobs, np.random.default_rng(0))
    return read_weights(path, Arena.adopt(model).layout, chapter.task.encoding)


def shipped_weights(chapter: Chapter) -> Path:
    """The file of weights that comes with a chapter. Raises WeightsError where there is none."""
    if chapter.trained is None:
        raise WeightsError(
            tr("“{title}” comes without trained weights; train it first.").format(
                title=tr(chapter.title)
            )
        )
    return resource(f"weights/{chapter.trained}")


def open_predictor(chapter: Chapter, weights: Path | None) -> Predictor:
    """A reader with a chapter's trained weights, or those in a file.

    Raises WeightsError, and LabError for a chapter that reads no characters.
    """
    chapter.glyph_style()
    knobs = chapter.defaults()
    path = weights or shipped_weights(chapter)
    loaded = read_trained(chapter, knobs, path)
    chapter = replace(chapter, task=replace(chapter.task, encoding=loaded.encoding))
    classes = classes_in(path) or chapter.task.data(knobs).test.classes
    reader = Predictor(chapter, knobs, classes)
    reader.set_weights(loaded.theta)
    told_apart = reader.classify(np.zeros((1, 28, 28), np.uint8)).shape[1]
    if told_apart != len(classes):
        raise WeightsError(
            tr(
                "{name} names {n} classes, its network tells {told_apart} apart. Save the "
                "weights again."
            ).format(name=path.name, n=len(classes), told_apart=told_apart)
        )
    return reader
