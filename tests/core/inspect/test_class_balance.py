"""A look over whole sets: counts, averages, and every pair of equal pictures."""

from threading import Event

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.inspect.data.class_balance import find_duplicates, summarize
from core.io.progress import Cancelled

RNG = np.random.default_rng(0)


def made(count: int, labels: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    images = RNG.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return images, np.array(labels or [i % 3 for i in range(count)], np.uint8)


def dataset(images: np.ndarray, labels: np.ndarray) -> Dataset:
    return Dataset.from_images("some", images, labels, ("a", "b", "c"))


def test_counts_and_averages_are_those_of_each_set() -> None:
    train, test = dataset(*made(7)), dataset(*made(2, [2, 2]))
    seen = summarize((train, test))
    assert seen.counts.tolist() == [[3, 2, 2], [0, 0, 2]]
    assert np.allclose(seen.class_means[0, 1], train.images[[1, 4]].mean(0) / 255, atol=1e-6)
    assert not seen.class_means[1, 0].any(), "a class without pictures is black"


def test_equal_pictures_are_found_within_and_across_and_at_odds() -> None:
    images, labels = made(50)
    more, others = made(20, [0] * 20)
    images[30] = images[3]  # both a
    images[10], labels[10] = images[20], (labels[20] + 1) % 3
    more[5] = images[40]
    others[5] = labels[40]
    more[6], more[7] = more[5], more[5]
    others[6] = others[7] = labels[40]
    found = find_duplicates((dataset(images, labels), dataset(more, others)))
    assert [(set(twin.places), twin.across, twin.conflicting_labels) for twin in found] == [
        ({(0, 10), (0, 20)}, False, True),
        ({(0, 40), (1, 5), (1, 6), (1, 7)}, True, False),
        ({(0, 3), (0, 30)}, False, False),
    ]


def test_pictures_that_differ_by_one_level_are_no_twins() -> None:
    images, labels = made(20)
    images[1] = images[0]
    images[1, 14, 14] ^= 1
    assert find_duplicates((dataset(images, labels),)) == ()


def test_colours_and_odd_sizes_and_empty_sets_are_looked_at_too() -> None:
    images = RNG.integers(0, 256, (4, 3, 5, 5)).astype(np.uint8)
    images[3] = images[0]
    one = dataset(images, np.zeros(4, np.uint8))
    none = dataset(images[:0], np.zeros(0, np.uint8))
    (twin,) = summarize((one, none)).duplicates
    assert twin.places == ((0, 0), (0, 3))


def test_it_can_be_called_off() -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        summarize((dataset(*made(4)),), cancel)
