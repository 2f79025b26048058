"""Data sets fit together, batches deal every sample once, seeds repeat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.dataset import Dataset
from core.data.rng import RngStreams
from core.data.sampler import BatchSampler
from core.errors import DataError


def _letters() -> Dataset:
    labels = np.array([0, 2, 1, 2, 0], np.uint8)
    images = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)
    return Dataset.from_images("letters", images, labels, ("a", "b", "c"))


def test_a_subset_keeps_file_order_and_counts_from_zero() -> None:
    letters = _letters()
    chosen = letters.subset([2, 0])
    assert chosen.classes == ("c", "a")
    assert chosen.labels.tolist() == [1, 0, 0, 1]
    assert np.array_equal(chosen.images, letters.images[[0, 1, 3, 4]])
    assert len(chosen) == 4
    assert chosen.name == "letters c and a"


def test_a_class_twice_is_refused() -> None:
    with pytest.raises(DataError, match="repeats one"):
        _letters().subset([1, 1])


def test_nobody_changes_a_picture() -> None:
    letters = _letters()
    with pytest.raises(ValueError, match="read-only"):
        letters.images[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        letters.subset([0, 1]).labels[0] = 1


def test_parts_that_do_not_fit_are_refused() -> None:
    images, labels = np.zeros((3, 2, 2), np.uint8), np.zeros(3, np.uint8)
    with pytest.raises(DataError, match="float32"):
        Dataset.from_images("x", images.astype(np.float32), labels, ("a",))
    with pytest.raises(DataError, match=r"\(3, 4\)"):
        Dataset.from_images("x", images.reshape(3, 4), labels, ("a",))
    with pytest.raises(DataError, match=r"3 samples .* \(2,\)"):
        Dataset.from_images("x", images, labels[:2], ("a",))
    with pytest.raises(DataError, match="whole numbers"):
        Dataset.from_images("x", images, labels.astype(np.float32), ("a",))
    with pytest.raises(DataError, match="label -1"):
        Dataset.from_images("x", images, labels.astype(np.int64) - 1, ("a",))
    with pytest.raises(DataError, match="label 1 but only 1 classes"):
        Dataset.from_images("x", images, labels + np.uint8(1), ("a",))


@given(
    count=st.integers(1, 60),
    sizes=st.lists(st.integers(1, 70), min_size=1, max_size=30),
    seed=st.integers(0, 9),
)
def test_an_epoch_deals_every_sample_once(count: int, sizes: list[int], seed: int) -> None:
    shuffler = BatchSampler(count, np.random.default_rng(seed))
    dealt: list[int] = []
    for size in sizes * count:
        batch = shuffler.next_batch(size)
        assert 1 <= len(batch) <= size
        dealt.extend(batch.tolist())
        if shuffler.epoch_ended:
            break
    assert sorted(dealt) == list(range(count))


def test_the_last_batch_is_short_and_the_next_begins_a_new_epoch() -> None:
    shuffler = BatchSampler(5, None)
    assert [shuffler.next_batch(2).tolist() for _ in range(4)] == [[0, 1], [2, 3], [4], [0, 1]]


def test_the_same_seed_gives_the_same_order_and_each_epoch_another() -> None:
    first, second = (BatchSampler(50, RngStreams(3)("batches")) for _ in range(2))
    epochs = [first.next_batch(50) for _ in range(3)]
    assert all(np.array_equal(epoch, second.next_batch(50)) for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])


def test_a_batch_is_kept_safe_from_the_next_shuffle() -> None:
    shuffler = BatchSampler(50, np.random.default_rng(1))
    batch = shuffler.next_batch(50)
    seen = batch.tolist()
    shuffler.next_batch(50)
    assert batch.tolist() == seen


def test_streams_depend_on_seed_and_name_only() -> None:
    def draw(seed: int, name: str) -> int:
        return int(RngStreams(seed)(name).integers(2**62))

    assert draw(1, "batches") == draw(1, "batches")
    assert len({draw(1, "batches"), draw(2, "batches"), draw(1, "weights")}) == 3


def test_a_stream_is_the_same_on_every_machine() -> None:
    assert RngStreams(1)("batches").integers(1_000, size=4).tolist() == [284, 597, 987, 652]


def test_a_data_set_may_be_coloured() -> None:
    labels = np.zeros(2, np.uint8)
    coloured = Dataset.from_images("x", np.zeros((2, 3, 4, 4), np.uint8), labels, ("a",))
    assert coloured.coloured
    assert not Dataset.from_images("x", np.zeros((2, 4, 4), np.uint8), labels, ("a",)).coloured
    assert coloured.subset([0]).images.shape == (2, 3, 4, 4)
    with pytest.raises(DataError, match=r"\(2, 4, 4, 4\)"):
        Dataset.from_images("x", np.zeros((2, 4, 4, 4), np.uint8), labels, ("a",))
