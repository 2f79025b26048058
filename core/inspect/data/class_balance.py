"""Class counts, class means and duplicate pictures of data sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.io.progress import raise_if_cancelled

SampleRef = tuple[int, int]
"""A picture: the number of its set, and its own number there."""


@dataclass(frozen=True)
class DuplicateGroup:
    """Pictures that are the same in every pixel.

    `across`: in more than one set, so that the test asks for what was learnt. `at_odds`: with more
    than one label, so that one of them is wrong.
    """

    places: tuple[SampleRef, ...]
    across: bool
    conflicting_labels: bool


@dataclass(frozen=True)
class DataSummary:
    """Of S sets with C classes: `counts` (S, C), `class_means` (S, C, …) 0..1, `duplicates`."""

    counts: NDArray[np.int64]
    class_means: NDArray[np.float32]
    duplicates: tuple[DuplicateGroup, ...]


def summarize(sets: tuple[Dataset, ...], cancel: Event | None = None) -> DataSummary:
    """Look over sets with the same classes. Raises Cancelled."""
    classes = len(sets[0].classes)
    counts = np.stack([np.bincount(one.labels, minlength=classes) for one in sets])
    class_means = []
    for one in sets:
        for label in range(classes):
            raise_if_cancelled(cancel)
            class_means.append(class_mean(one, label))
    shape = (len(sets), classes, *class_means[0].shape)
    return DataSummary(counts, np.stack(class_means).reshape(shape), find_duplicates(sets, cancel))


def class_mean(data: Dataset, label: int) -> NDArray[np.float32]:
    """The mean (H, W) of all pictures with this label, from 0 to 1; zeros where there is none."""
    mine = data.images[data.labels == label]
    if not len(mine):
        return np.zeros(data.images.shape[1:], np.float32)
    return mine.mean(axis=0, dtype=np.float32) / np.float32(255)


def find_duplicates(
    sets: tuple[Dataset, ...], cancel: Event | None = None
) -> tuple[DuplicateGroup, ...]:
    """Equal pictures within and across sets: labels at odds first, then those across sets.

    Raises Cancelled.
    """
    keys = []
    for one in sets:
        raise_if_cancelled(cancel)
        keys.append(_keys(one.images))
    home = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    number = np.concatenate([np.arange(len(one)) for one in sets])
    joined = np.concatenate(keys)
    order = np.argsort(joined, kind="stable")
    same = np.flatnonzero(joined[order][1:] == joined[order][:-1])
    found: list[DuplicateGroup] = []
    for run in np.split(same, np.flatnonzero(np.diff(same) > 1) + 1) if len(same) else ():
        raise_if_cancelled(cancel)
        alike = order[run[0] : run[-1] + 2]
        found += _checked(sets, [(int(home[i]), int(number[i])) for i in alike])
    found.sort(key=lambda twin: (not twin.conflicting_labels, not twin.across))
    return tuple(found)


def _keys(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(N,) numbers, equal for equal pictures and hardly ever for others."""
    flat = images.reshape(len(images), -1) if len(images) else images.reshape(0, 1)
    flat = np.pad(flat, ((0, 0), (0, -flat.shape[1] % 8))) if flat.shape[1] % 8 else flat
    words = np.ascontiguousarray(flat).view(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, words.shape[1], np.uint64) * 2 + 1
    return np.asarray(words @ factors, np.uint64)


def _checked(sets: tuple[Dataset, ...], places: list[SampleRef]) -> Iterator[DuplicateGroup]:
    """Of pictures with equal keys those that are truly the same."""
    groups: dict[bytes, list[SampleRef]] = {}
    for home, number in places:
        groups.setdefault(sets[home].images[number].tobytes(), []).append((home, number))
    for group in groups.values():
        if len(group) > 1:
            homes = {home for home, _ in group}
            labels = {int(sets[home].labels[number]) for home, number in group}
            yield DuplicateGroup(tuple(group), len(homes) > 1, len(labels) > 1)
