"""Selection: the test sample, the input and the unit that are inspected."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.chapters.capabilities import CLASSIFICATION
from core.data.dataset import Dataset
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from core.formatting import format_number
from core.translation import tr
from hellodl_gui.state.probes import Probes
from hellodl_gui.state.training import Training

Kind = Literal["picture", "drawing", "box", "point", "row", "text"]
_KINDS: dict[type[DataSpec], Kind] = {
    ImageSpec: "picture", PointSpec: "point", TableSpec: "row", TokenSpec: "text",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sample:
    """What is looked at, as the dataset would store it, and what to call it.

    A picture of the test set, a drawing or a box of the page is (H, W) or (3, H, W) bytes, a point
    or a row (D,) numbers, a text (T,) tokens with a `cursor`, the place in it that is meant.
    `target` is its true class, number, numbers (K,) or tokens (T,); None where that is not known.
    """

    kind: Kind
    value: NDArray[Any]
    target: int | float | NDArray[Any] | None
    caption: str
    cursor: int = 0

    @property
    def label(self) -> int | None:
        """Its true class; None where that is not known, or where there are none."""
        return self.target if isinstance(self.target, int) else None

    @property
    def from_data(self) -> bool:
        """Whether it is of the test set; drawings and boxes of the page are not."""
        return self.kind not in ("drawing", "box")

    def same(self, other: "Sample") -> bool:
        """Whether the other one is this sample too, with the same target."""
        mine, its = ((s.caption, s.kind, s.cursor) for s in (self, other))
        return (
            mine == its
            and np.array_equal(self.value, other.value)
            and (self.target is None) == (other.target is None)
            and np.array_equal(self.target, other.target)  # type: ignore[arg-type]
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
    """Attributes: `sample`, the selected sample of the test set; `input`, what is
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
        self.input = sample_of(self._training.test, 0)
        self.prediction: SamplePrediction | None = None

    def reload(self) -> None:
        """Take the selected sample from the data of a new run."""
        test = self._training.test
        self.sample = min(self.sample, max(len(test) - 1, 0))
        if self.input.from_data:
            self.input = sample_of(test, self.sample)

    def select(self, sample: int) -> None:
        """Select a sample of the test set, inspect it, and ask what the network makes of it."""
        if not 0 <= sample < len(self._training.test):
            return
        self.sample = sample
        self.sample_changed.emit(sample)
        self.select_input(sample_of(self._training.test, sample))
        self._predict()

    def select_input(self, sample: Sample) -> None:
        """Inspect a sample, wherever it is from."""
        if not sample.same(self.input):
            self.input = sample
            self.input_changed.emit()

    def move_cursor(self, cursor: int) -> None:
        """Mean another place of the text that is inspected."""
        if self.input.kind == "text" and 0 <= cursor < len(self.input.value):
            self.select_input(replace(self.input, cursor=cursor))

    def _predict(self) -> None:
        """Only classes have probabilities."""
        if CLASSIFICATION not in self._training.capabilities:
            return
        sample = self.sample
        images = self._training.test.inputs[sample : sample + 1]
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


def sample_of(data: Dataset, number: int) -> Sample:
    """A sample of the test set; an empty one if the set is empty."""
    kind = _KINDS[type(data.spec)]
    if not len(data):
        return Sample(kind, np.zeros(data.spec.shape, data.inputs.dtype), None, tr("no sample"))
    value = np.asarray(data.inputs[number])
    caption = tr("sample {number}").format(number=f"{number:,}")
    if data.targets is None:
        return Sample(kind, value, None, caption)
    target = data.targets[number]
    if data.classes and target.ndim == 0:
        label = int(target)
        caption = tr("sample {number}, a “{name}”").format(
            number=f"{number:,}", name=data.classes[label]
        )
        return Sample(kind, value, label, caption)
    if target.size == 1 and target.dtype.kind == "f":
        value_of = float(target.reshape(()))
        caption = tr("sample {number}, {target}").format(
            number=f"{number:,}", target=format_number(value_of)
        )
        return Sample(kind, value, value_of, caption)
    return Sample(kind, value, np.asarray(target), caption)
