"""Dataset: images with labels and class names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Pictures (N, H, W) of bytes, white on black, and their labels (N,), indices into `classes`.

    Pictures in colour are (N, 3, H, W): red, green, blue, as a convolution takes them. Both parts
    are read-only here. `notes` are sentences for the person: what was skipped, what was turned.
    Raises DataError where pictures and labels do not fit together.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        coloured = self.images.ndim == 4 and self.images.shape[1] == 3
        if not (self.images.ndim == 3 or coloured) or self.images.dtype != np.uint8:
            raise DataError(
                f"{self.name}: pictures must be bytes (N, H, W) or (N, 3, H, W), "
                f"not {self.images.dtype} {self.images.shape}. Convert them first."
            )
        if self.labels.shape != (len(self.images),) or self.labels.dtype != np.uint8:
            raise DataError(
                f"{self.name}: {len(self.images):,} pictures need as many labels in bytes, "
                f"not {self.labels.dtype} {self.labels.shape}. Do both files belong together?"
            )
        if len(self.labels) and int(self.labels.max()) >= len(self.classes):
            raise DataError(
                f"{self.name}: label {self.labels.max()} but only {len(self.classes)} classes. "
                "Do labels and class names belong together?"
            )
        for part in ("images", "labels"):
            view = getattr(self, part).view()
            view.flags.writeable = False
            object.__setattr__(self, part, view)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def coloured(self) -> bool:
        """Whether the pictures have three channels."""
        return self.images.ndim == 4

    def subset(self, labels: Sequence[int]) -> "Dataset":
        """Only these classes, in file order, relabelled 0, 1, … in the order given.

        Raises DataError when a class is named twice.
        """
        if len(set(labels)) != len(labels):
            names = ", ".join(self.classes[label] for label in labels)
            raise DataError(f"Choose different classes to tell apart; “{names}” repeats one.")
        new = np.full(len(self.classes), 255, np.uint8)
        new[list(labels)] = np.arange(len(labels))
        kept = np.flatnonzero(np.isin(self.labels, labels))
        classes = tuple(self.classes[label] for label in labels)
        return Dataset(
            f"{self.name} {' and '.join(classes)}",
            self.images[kept],
            new[self.labels[kept]],
            classes,
        )
