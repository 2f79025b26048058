"""Selection: the test sample, input image and unit that are inspected."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.data.dataset import Dataset
from hellodl_gui.state.probes import Probes
from hellodl_gui.state.training import Training


@dataclass(frozen=True, eq=False)
class InputImage:
    """`image` as the network receives it, bytes (28, 28) or (3, H, W), and what to call it.

    `label` is its true class, None if unknown.
    """

    image: NDArray[np.uint8]
    caption: str
    origin: Literal["sample", "drawing", "page"]
    label: int | None = None

    def same(self, other: "InputImage") -> bool:
        """Whether the other one is this image too, of the same true class."""
        alike = (self.caption, self.origin, self.label)
        return alike == (other.caption, other.origin, other.label) and np.array_equal(
            self.image, other.image
        )


@dataclass(frozen=True)
class Unit:
    """Kernel or neuron number `unit`, from 0, of the layer at `path`."""

    path: str
    unit: int


@dataclass(frozen=True)
class SamplePrediction:
    """The network's probabilities (C,) for one sample of the test set."""

    sample: int
    probabilities: NDArray[np.float32]


class Selection:
    """Attributes: `sample`, the selected sample of the test set; `input`, the image that is
    inspected: that sample, a drawing, or a box of the page; `prediction` of the sample, if known.
    Signals: `queried(SampleQuery)`, such samples are to be shown; `unit_inspected(Unit)`, its
    weights and top activations are.
    """

    sample_changed = Signal(int)
    input_changed = Signal()
    predicted = Signal(object)
    queried = Signal(object)
    unit_inspected = Signal(object)

    def __init__(self, training: Training, probes: Probes) -> None:
        self._training = training
        self._probes = probes
        self.reset()

    def reset(self) -> None:
        """The first sample of another chapter."""
        self.sample = 0
        self.input = sample_input(self._training.test, 0)
        self.prediction: SamplePrediction | None = None

    def reload(self) -> None:
        """Take the selected sample from the data of a new run."""
        if self.input.origin == "sample" and self.sample < len(self._training.test):
            self.input = sample_input(self._training.test, self.sample)

    def select(self, sample: int) -> None:
        """Select a sample of the test set, inspect it, and ask what the network makes of it."""
        if not 0 <= sample < len(self._training.test):
            return
        self.sample = sample
        self.sample_changed.emit(sample)
        self.select_input(sample_input(self._training.test, sample))
        self._predict()

    def select_input(self, image: InputImage) -> None:
        """Inspect an image, wherever it is from."""
        if not image.same(self.input):
            self.input = image
            self.input_changed.emit()

    def _predict(self) -> None:
        sample = self.sample
        images = self._training.test.images[sample : sample + 1]
        self._probes.ask(
            "probabilities",
            {"images": images},
            lambda found: self.set_prediction(SamplePrediction(sample, found[0])),
        )

    def update_prediction(self) -> None:
        """Other weights are shown: ask again about the selected sample."""
        if self.prediction is not None and self._training.answers:
            self._predict()

    def set_prediction(self, prediction: SamplePrediction) -> None:
        """The run answered."""
        self.prediction = prediction
        self.predicted.emit(prediction)


def sample_input(data: Dataset, number: int) -> InputImage:
    """A sample of the test set; an empty image if the set is empty."""
    if not len(data):
        return InputImage(np.zeros(data.images.shape[1:], np.uint8), "no picture", "sample")
    label = int(data.labels[number])
    caption = f"sample {number:,}, a “{data.classes[label]}”"
    return InputImage(np.asarray(data.images[number]), caption, "sample", label)
