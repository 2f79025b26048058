"""What varies in a search is written as a person would, and what cannot vary is refused."""

from itertools import pairwise

import numpy as np
import pytest

from core.errors import KnobError, LabError
from core.search.search_space import grid, parse_dimension
from tests.core.search.races import planned_study
from tests.core.search.studies import KNOBS, RATES


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("lr=0.0001..1", [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        ("momentum=0..0.8", [0, 0.2, 0.4, 0.6, 0.8]),
        ("batch-size=1..16", [1, 2, 4, 8, 16]),
        ("batch_size=16, 8,8", [16, 8]),
        ("optimizer=sgd,adam", [0, 5]),
        ("optimizer=sgd..nesterov", [0, 1, 2]),
    ],
)
def test_what_varies_is_written_as_a_person_would(words: str, points: list[float]) -> None:
    vary = parse_dimension(KNOBS, words)
    assert np.allclose(vary.points(), points)
    assert parse_dimension(KNOBS, vary.text(KNOBS)) == vary
    assert all(a < b for a, b in pairwise(vary.points())) or vary.choices


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("lr", "NAME=LOW..HIGH"),
        ("lr=", "NAME=LOW..HIGH"),
        ("speed=1..2", "no setting “speed”"),
        ("lr=1..0.1", "give less first"),
        ("lr=0..1", "from 10⁻⁶ to 1"),
        ("lr=a..1", "“a” is not a number"),
        ("lr=0.1,,1", "“” is not a number"),
        ("lr=nan..1", "is not a number"),
    ],
)
def test_what_cannot_vary_is_a_sentence(words: str, told: str) -> None:
    with pytest.raises(KnobError, match=told):
        parse_dimension(KNOBS, words)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "../x"}, "cannot be the name"),
        ({"name": ""}, "cannot be the name"),
        ({"varied": []}, "at least one setting"),
        ({"varied": [RATES, RATES]}, "in one way only"),
        ({"trials": 0}, "study of 0 runs"),
        ({"method": "guess"}, "“guess” is not known"),
        ({"base": {"speed": 1.0}}, "no setting “speed”"),
        ({"workers": 1000}, "1000 processes"),
    ],
)
def test_what_cannot_be_searched_is_a_sentence(wrong, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabError, match=told):
        planned_study("learning", **{"varied": [RATES], "name": "x", **wrong})


def test_a_grid_that_nobody_can_train_is_refused() -> None:
    many = [
        parse_dimension(KNOBS, f"{key}=0..0.1") for key in ("momentum", "weight_decay", "clip_norm")
    ]
    many += [parse_dimension(KNOBS, f"{key}=0.1..1") for key in ("lr", "clip_value", "margin")]
    with pytest.raises(KnobError, match="15,625 points"):
        grid(many)
