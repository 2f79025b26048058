"""Dataset: images with labels and class names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.translation import tr


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
                tr(
                    "{name}: pictures must be bytes (N, H, W) or (N, 3, H, W), not {dtype} "
                    "{shape}. Convert them first."
                ).format(name=self.name, dtype=self.images.dtype, shape=self.images.shape)
            )
        if self.labels.shape != (len(self.images),) or self.labels.dtype != np.uint8:
            raise DataError(
                tr(
                    "{name}: {n:,} pictures need as many labels in bytes, not {dtype} "
                    "{shape}. Do both files belong together?"
                ).format(
                    name=self.name,
                    n=len(self.images),
                    dtype=self.labels.dtype,
                    shape=self.labels.shape,
                )
            )
        if len(self.labels) and int(self.labels.max()) >= len(self.classes):
            raise DataError(
                tr(
                    "{name}: label {max} but only {n} classes. Do labels and class names "
                    "belong together?"
                ).format(name=self.name, max=self.labels.max(), n=len(self.classes))
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
            raise DataError(
                tr("Choose different classes to tell apart; “{names}” repeats one.").format(
                    names=names
                )
            )
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
