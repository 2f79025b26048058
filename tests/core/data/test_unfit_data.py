"""Data of every kind that does not fit is refused in a sentence, before anything trains on it."""

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.encodings import Standardize
from core.data.sampler import BatchSampler
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from core.errors import DataError

POINTS = PointSpec(("x", "y"))
ROWS = np.zeros((3, 2), np.float32)
CASES: dict[str, tuple[object, object, DataSpec, str]] = {
    "words": (np.array([["1", "b"]]), None, POINTS, "numbers, not <U1"),
    "complex numbers": (np.array([[1j, 1]]), None, POINTS, "numbers, not complex128"),
    "numbers beyond float32": (np.array([[0, 1e300]]), None, POINTS, "“y” in row 1"),
    "a single number": (np.array(1.0), None, TableSpec(()), r"these are \(\)"),
    "one target for all": (ROWS, np.array(1.0), POINTS, r"need as many labels.*float64 \(\)"),
    "a target that is NaN": (ROWS, np.array([0, np.nan, 1]), POINTS, "target of sample 2 is no"),
    "an infinite target": (ROWS, np.full((3, 2), np.inf), POINTS, "target of sample 1 is no"),
    "pictures of another size": (
        np.zeros((2, 3, 3), np.uint8), None, ImageSpec(1, 4, 5),
        r"shape \(4, 5\) are wanted, these are \(3, 3\)",
    ),
    "float pictures": (np.zeros((2, 4, 5), np.float32), None, ImageSpec(1, 4, 5), "bytes"),
    "tokens that are none": (np.zeros((1, 2)), None, TokenSpec(("a",), 2), "whole numbers"),
    "tokens out of the vocabulary": (
        np.array([[0, 1]]), None, TokenSpec(("a",), 2), "token 1 is not in the vocabulary of 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit_is_refused_in_a_sentence(name: str) -> None:
    inputs, targets, spec, why = CASES[name]
    with warnings.catch_warnings(action="error"), pytest.raises(DataError, match=why):
        Dataset(inputs, targets, spec, "data")  # type: ignore[arg-type]


def test_units_and_vocabularies_are_unambiguous() -> None:
    assert TableSpec(("a", "b"), ("m", "")).shape == (2,)
    with pytest.raises(DataError, match="2 names of columns need as many units, not 1"):
        TableSpec(("a", "b"), ("m",))
    with pytest.raises(DataError, match="“a” twice"):
        TokenSpec(("a", "b", "a"), 3)


def test_rows_of_other_columns_are_not_standardised() -> None:
    with pytest.raises(DataError, match="2 columns, 1"):
        Standardize((1.0,), (1.0,))(ROWS)


def test_a_column_that_is_constant_but_for_rounding_stays_near_zero() -> None:
    rng = np.random.default_rng(0)
    column = np.float32(1e6) + rng.integers(0, 2, 4001).astype(np.float32) * 0
    column = np.append(column, np.nextafter(column[0], np.float32(2e6)))[:, None]
    assert Standardize().fitted(column).std[0] > 0
    constant = np.full((1000, 1), 0.1, np.float64)
    assert Standardize().fitted(constant).std == (1.0,)


@pytest.mark.parametrize(
    "card",
    [{"means": [0.0], "stds": [1e-300]}, {"means": [1e300], "stds": [1.0]},
     {"means": ["1"], "stds": ["1"]}, {"means": [True], "stds": [True]}],
)  # fmt: skip
def test_a_card_whose_numbers_float32_does_not_hold_is_none(card: object) -> None:
    assert Standardize.of_card(card) is None


@pytest.mark.parametrize("weights", [None, np.ones(3)])
@pytest.mark.parametrize("order", [[-1, 1, 2], [0.5, 1, 2], [0, 1, 3]])
def test_an_order_of_no_numbers_of_samples_is_damaged(
    order: list[float], weights: NDArray[np.float64] | None
) -> None:
    sampler = BatchSampler(3, np.random.default_rng(0), weights)
    state = sampler.state_dict() | {"order": np.array(order)}
    with pytest.raises(DataError, match="damaged"):
        sampler.load_state_dict(state)
