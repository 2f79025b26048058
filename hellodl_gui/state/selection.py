"""What is looked into: one picture, wherever it is from, and perhaps one unit of the network."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset


@dataclass(frozen=True, eq=False)
class InputImage:
    """`image` as the network receives it, bytes (28, 28) or (3, H, W), and what to call it.

    `label` is its true class, None where nobody said.
    """

    image: NDArray[np.uint8]
    caption: str
    origin: Literal["sample", "drawing", "page"]
    label: int | None = None

    def same(self, other: "InputImage") -> bool:
        """Whether the other one is this picture too, of the same true class."""
        alike = (self.caption, self.origin, self.label)
        return alike == (other.caption, other.origin, other.label) and np.array_equal(
            self.image, other.image
        )


@dataclass(frozen=True)
class Unit:
    """Kernel or neuron number `unit`, from 0, of the layer at `path`."""

    path: str
    unit: int


def test_sample(data: Dataset, number: int) -> InputImage:
    """A picture of the test set; an empty one where the set is."""
    if not len(data):
        return InputImage(np.zeros(data.images.shape[1:], np.uint8), "no picture", "sample")
    label = int(data.labels[number])
    caption = f"sample {number:,}, a “{data.classes[label]}”"
    return InputImage(np.asarray(data.images[number]), caption, "sample", label)
