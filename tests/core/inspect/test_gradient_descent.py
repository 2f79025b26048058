"""Balls on a hill: the published descents to the last printed digit, and what cannot roll."""

import numpy as np
import pytest

from core.inspect.teach.formula import FormulaError, parse
from core.inspect.teach.gradient_descent import DESCENT_METHODS, LANDSCAPES, MOST_STEPS, Descent

ONE_VALLEY, TWO_VALLEYS = LANDSCAPES[:2]


def test_one_valley_is_the_published_descent() -> None:
    descent = Descent.down(ONE_VALLEY)
    descent.walk(40)
    published = [1, 1.0602, 1.1475, 1.2746, 1.46, 1.7282, 2.1009, 2.5645, 3.0119, 3.2881]
    assert np.allclose(descent.xs[:10, 0], published, atol=5e-5)
    assert descent.xs[-1, 0] == pytest.approx(3.4256, abs=5e-5)


def test_two_valleys_plain_bounces_and_a_mean_of_gradients_calms_down() -> None:
    descent = Descent.down(TWO_VALLEYS)
    descent.walk(19)
    plain, mean = descent.xs.T
    published = [0.85, 0.9478, 1.2084, 1.5167, 1.5529, 1.5914, 1.6458, 1.7459, 1.9905, 2.6547]
    assert np.allclose(plain[:10], published, atol=5e-5)
    assert np.allclose(plain[-2:], [3.6144, 3.2057], atol=5e-5)
    assert np.allclose(mean[:5], [0.85, 0.938, 1.1692, 1.4964, 1.5652], atol=5e-5)
    assert mean[-1] == pytest.approx(3.4539, abs=5e-5)


def test_every_way_goes_down_a_bowl() -> None:
    descent = Descent(parse("x**2"), 1.0, tuple(DESCENT_METHODS), rate=0.02, momentum=0.5)
    descent.walk(10)
    assert (descent.ys[-1] < descent.ys[0]).all()
    assert not descent.lost.any()


def test_a_ball_that_leaves_the_hill_stays_where_it_last_was() -> None:
    descent = Descent(parse("x**4"), 3.0, ("plain", "adam"), rate=0.2)
    descent.walk(50)
    assert descent.lost.tolist() == [True, False]
    assert np.isfinite(descent.xs).all()
    assert np.isfinite(descent.ys).all()


def test_a_descent_has_an_end() -> None:
    descent = Descent.down(ONE_VALLEY)
    descent.walk(MOST_STEPS + 5)
    assert descent.steps == MOST_STEPS
    assert not descent.step()


def test_a_hill_has_one_variable() -> None:
    with pytest.raises(FormulaError, match="one variable; this one has x, z"):
        Descent(parse("x*z"), 1.0)
