"""Dataset: inputs with targets, and a spec that says what a sample is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.data.specs import DataSpec, ImageSpec
from core.errors import DataError
from core.translation import tr


@dataclass(frozen=True)
class Dataset:
    """Samples: `inputs` (N, …), `targets` (N, …) or None, and the `spec` of one sample.

    Targets are int64 (class indices, tokens) or float32. Both arrays are read-only here. `notes`
    are sentences for the person: what was skipped, what was turned. Raises DataError where inputs,
    targets and spec do not fit together.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any] | None
    spec: DataSpec
    name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._keep("inputs", self.spec.stored(np.asarray(self.inputs), self.name))
        if self.targets is not None:
            self._keep("targets", self._stored_targets(np.asarray(self.targets)))

    @classmethod
    def from_images(
        cls,
        name: str,
        images: NDArray[np.uint8],
        labels: NDArray[np.integer],
        classes: tuple[str, ...],
        notes: tuple[str, ...] = (),
    ) -> Self:
        """Pictures (N, H, W) or (N, 3, H, W) of bytes with labels (N,), indices into `classes`.

        Grey ones are white on black; the channels of others are red, green, blue.
        """
        coloured = images.ndim == 4 and images.shape[1] == 3
        if not (images.ndim == 3 or coloured) or images.dtype != np.uint8:
            raise DataError(
                tr(
                    "{name}: pictures must be bytes (N, H, W) or (N, 3, H, W), not {dtype} "
                    "{shape}. Convert them first."
                ).format(name=name, dtype=images.dtype, shape=images.shape)
            )
        spec = ImageSpec(3 if coloured else 1, images.shape[-2], images.shape[-1], classes)
        return cls(images, labels, spec, name, notes)

    def _stored_targets(self, targets: NDArray[Any]) -> NDArray[Any]:
        classes = self.spec.classes
        if targets.ndim < 1 or len(targets) != len(self.inputs):
            raise DataError(
                tr(
                    "{name}: {n:,} samples need as many labels, not {dtype} {shape}. Do both "
                    "files belong together?"
                ).format(
                    name=self.name, n=len(self.inputs), dtype=targets.dtype, shape=targets.shape
                )
            )
        if targets.dtype.kind not in "iu":
            if classes or targets.dtype.kind != "f":
                raise DataError(
                    tr("{name}: labels must be whole numbers, not {dtype}.").format(
                        name=self.name, dtype=targets.dtype
                    )
                )
            return self._finite(targets)
        if classes and targets.size and not 0 <= targets.min() <= targets.max() < len(classes):
            raise DataError(
                tr(
                    "{name}: label {max} but only {n} classes. Do labels and class names "
                    "belong together?"
                ).format(
                    name=self.name,
                    max=targets.min() if targets.min() < 0 else targets.max(),
                    n=len(classes),
                )
            )
        return targets.astype(np.int64, copy=False)

    def _finite(self, targets: NDArray[np.floating]) -> NDArray[np.float32]:
        """Numbers as float32. Raises DataError for NaN and infinity."""
        with np.errstate(over="ignore"):
            found = targets.astype(np.float32, copy=False)
        wrong = np.argwhere(~np.isfinite(found))
        if len(wrong):
            raise DataError(
                tr(
                    "{name}: the target of sample {number:,} is no finite number. Mend or remove "
                    "that sample."
                ).format(name=self.name, number=int(wrong[0, 0]) + 1)
            )
        return found

    def _keep(self, part: str, array: NDArray[Any]) -> None:
        view = array.view()
        view.flags.writeable = False
        object.__setattr__(self, part, view)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def images(self) -> NDArray[np.uint8]:
        """The inputs of a dataset of pictures."""
        return self.inputs

    @property
    def labels(self) -> NDArray[np.int64]:
        """The targets (N,) of a dataset with classes. Raises DataError where there are none."""
        if self.targets is None:
            raise DataError(tr("{name} has no labels.").format(name=self.name))
        return self.targets

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where the targets are no classes."""
        return self.spec.classes

    @property
    def coloured(self) -> bool:
        """Whether these are pictures of more than one channel."""
        return isinstance(self.spec, ImageSpec) and self.spec.channels > 1

    def take(self, which: slice | NDArray[np.integer], name: str | None = None) -> "Dataset":
        """Only these samples, by a slice or by their numbers, without the notes."""
        targets = None if self.targets is None else self.targets[which]
        return Dataset(self.inputs[which], targets, self.spec, self.name if name is None else name)

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
        new = np.full(len(self.classes), -1)
        new[list(labels)] = np.arange(len(labels))
        kept = np.flatnonzero(np.isin(self.labels, labels))
        classes = tuple(self.classes[label] for label in labels)
        spec = self.spec.with_classes(classes)
        name = f"{self.name} {' and '.join(classes)}"
        return Dataset(self.inputs[kept], new[self.labels[kept]], spec, name)
