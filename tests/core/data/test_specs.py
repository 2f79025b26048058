"""Datasets of every kind: what a spec stores, what it refuses, and with which words."""

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.encodings import Identity, Normalize, Standardize
from core.data.sampler import BatchSampler
from core.data.specs import ImageSpec, PointSpec, TableSpec, TokenSpec
from core.errors import DataError

TEXT = TokenSpec(tuple("abc "), 4)
PLANE = PointSpec(("x", "y"), classes=("in", "out"))


def test_points_and_rows_are_float32_tokens_and_classes_int64() -> None:
    points = Dataset(np.eye(2), np.array([0, 1], np.uint8), PLANE, "two")
    assert points.inputs.dtype == np.float32 and points.labels.dtype == np.int64
    tokens = Dataset(TEXT.encode("abca")[None], TEXT.encode("bca ")[None], TEXT, "text")
    assert tokens.inputs.dtype == tokens.labels.dtype == np.int64
    assert TEXT.decode(tokens.inputs[0]) == "abca" and tokens.classes == ()
    rows = Dataset(np.ones((3, 2)), np.ones((3, 5)), TableSpec(("a", "b"), ("cm", "kg")))
    assert rows.targets is not None and rows.targets.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        rows.inputs[0, 0] = 2


def test_targets_may_be_missing_and_classes_many() -> None:
    free = Dataset(np.zeros((4, 2)), None, PointSpec(("x", "y")), "free")
    assert free.targets is None and len(free.take(slice(2))) == 2
    with pytest.raises(DataError, match="free has no labels"):
        _ = free.labels
    names = tuple(map(str, range(70_000)))
    many = Dataset(np.zeros((2, 1)), np.array([0, 69_999]), PointSpec(("x",), classes=names))
    assert many.labels.tolist() == [0, 69_999]


def test_a_subset_of_points_is_relabelled() -> None:
    data = Dataset(np.arange(6.0).reshape(3, 2), np.array([1, 0, 1]), PLANE, "dots")
    turned = data.subset([1, 0])
    assert turned.classes == ("out", "in") and turned.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("inputs", "targets", "spec", "words"),
    [
        (np.zeros((2, 3)), None, PLANE, r"shape \(2,\) are wanted, these are \(3,\)"),
        (np.array([[1, np.nan]]), None, PLANE, "“y” in row 1 is no finite number"),
        (np.array([[0, 1, 2, 4]]), None, TEXT, "token 4 is not in the vocabulary of 4"),
        (np.array([[0, -1, 2, 3]]), None, TEXT, "token -1 is not in the vocabulary"),
        (np.zeros((1, 4)), None, TEXT, "whole numbers, not float64"),
        (np.zeros((2, 2)), np.zeros(3, int), PLANE, "2 samples need as many labels"),
        (np.zeros((2, 2)), np.array([0, 2]), PLANE, "label 2 but only 2 classes"),
        (np.zeros((2, 2)), np.array([0.0, 1.0]), PLANE, "whole numbers"),
        (np.zeros((2, 8, 9), np.uint8), None, ImageSpec(1, 9, 8), r"shape \(9, 8\)"),
    ],
)
def test_what_does_not_fit_is_refused(
    inputs: np.ndarray, targets: np.ndarray | None, spec: PointSpec | TokenSpec, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        Dataset(inputs, targets, spec, "mine")


def test_a_character_out_of_the_vocabulary_is_named() -> None:
    with pytest.raises(DataError, match="“ß” is not among the 4 characters"):
        TEXT.encode("aß")


def test_encodings_and_their_way_back() -> None:
    grey, colour = np.full((2, 5, 4), 51, np.uint8), np.full((2, 3, 5, 4), 51, np.uint8)
    normal = Normalize(0.1, 0.5)
    assert normal(grey).shape == (2, 1, 5, 4) and normal(colour).shape == (2, 3, 5, 4)
    np.testing.assert_allclose(normal(grey), 0.2, atol=1e-6)
    np.testing.assert_allclose(normal.decode(normal(colour)), 51, atol=1e-4)
    constant = Standardize().fitted(np.array([[1.0, 7], [3, 7]]))
    assert constant(np.array([[1.0, 7], [3, 7]])).tolist() == [[-1, 0], [1, 0]]
    tokens = TEXT.encode("abc")
    assert Identity()(tokens) is tokens


def test_weights_say_how_often_a_sample_is_drawn() -> None:
    sampler = BatchSampler(4, np.random.default_rng(0), np.array([0, 1, 1, 6.0]))
    drawn = np.concatenate([sampler.next_batch(4) for _ in range(2000)])
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    np.testing.assert_allclose(shares, [0, 0.125, 0.125, 0.75], atol=0.02)


def test_a_weighted_sampler_goes_on_where_it_was() -> None:
    weights = np.array([1, 2, 3.0])
    sampler = BatchSampler(3, np.random.default_rng(0), weights)
    sampler.next_batch(2)
    other = BatchSampler(3, np.random.default_rng(5), weights)
    other.load_state_dict(sampler.state_dict())
    for _ in range(5):
        assert np.array_equal(sampler.next_batch(2), other.next_batch(2))
    state = {**sampler.state_dict(), "order": np.array([0, 1, 3], np.uint32)}
    with pytest.raises(DataError, match="damaged"):
        other.load_state_dict(state)


@pytest.mark.parametrize("weights", [[1, 1], [1, -1, 1], [0, 0, 0], [1, np.nan, 1], [1, np.inf, 1]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(DataError, match=r"[Ww]eights"):
        BatchSampler(3, np.random.default_rng(0), np.array(weights))
