"""Optimisers against steps computed by hand, in both engines."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LabError, LabWarning
from core.kernels.engine import use_engine
from core.nn.arena import Arena, ArenaLayout
from core.optim import SGD, Adam, make_optimizer


@pytest.fixture(autouse=True, params=["reference", "fast"])
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    with use_engine(request.param):
        yield


def _arena(*theta: float) -> Arena:
    arena = Arena(ArenaLayout.of({"w": (len(theta),)}))
    arena.theta[: len(theta)] = theta
    return arena


def _gradient(arena: Arena, *gradient: float) -> None:
    arena.grad[: len(gradient)] = gradient


def _theta(arena: Arena) -> list[float]:
    return arena.layout.views(arena.theta)["w"].tolist()


def test_plain_descent_steps_straight_down_and_has_no_momentum() -> None:
    arena = _arena(1.0, -2.0)
    descent = make_optimizer("sgd", arena)
    for expected in ([0.5, -1.5], [0.0, -1.0]):
        _gradient(arena, 2.0, -2.0)
        with pytest.warns(LabWarning, match=r"no momentum .*momentum=0\.9"):
            descent.step(0.25, momentum=0.9)
        assert _theta(arena) == expected


def test_momentum_in_torchs_form() -> None:
    """v = μv + g, then θ −= lr·v: 1, 1.5, 1.75 with g = 1 and μ = ½."""
    arena = _arena(0.0)
    momentum = make_optimizer("momentum", arena)
    for expected in (-1.0, -2.5, -4.25):
        _gradient(arena, 1.0)
        momentum.step(1.0, momentum=0.5)
        assert _theta(arena) == [expected]


def test_a_live_rate_acts_at_once_on_the_whole_velocity() -> None:
    arena = _arena(0.0)
    momentum = make_optimizer("momentum", arena)
    _gradient(arena, 1.0)
    momentum.step(1.0, momentum=0.5)
    _gradient(arena, 0.0)
    momentum.step(0.0, momentum=0.5)
    assert _theta(arena) == [-1.0]
    momentum.step(8.0, momentum=0.5)
    assert _theta(arena) == [-1.0 - 8 * 0.25]


def test_adam_by_hand() -> None:
    arena = _arena(1.0)
    adam = Adam(arena)
    theta, m, v = 1.0, 0.0, 0.0
    for step, g in enumerate((0.3, -2.0, 0.001, 5.0), start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta -= 0.01 * (m / (1 - 0.9**step)) / (math.sqrt(v / (1 - 0.999**step)) + 1e-8)
        _gradient(arena, g)
        adam.step(0.01)
        assert _theta(arena) == [pytest.approx(theta, rel=1e-6)]


@given(st.floats(1e-4, 1e4), st.sampled_from([-1, 1]))
def test_adams_first_steps_have_the_length_of_the_rate(size: float, sign: int) -> None:
    arena = _arena(0.0)
    adam = Adam(arena)
    for step in range(1, 11):
        _gradient(arena, sign * size)
        adam.step(0.001)
        assert _theta(arena) == [pytest.approx(-sign * 0.001 * step, rel=2e-3)]


def test_adams_epsilon_stands_outside_the_root() -> None:
    arena = _arena(0.0)
    Adam(arena, eps=1.0).step(1.0)
    assert _theta(arena) == [0.0]
    _gradient(arena, 1.0)
    adam = Adam(arena, eps=1.0)
    adam.step(1.0)
    assert _theta(arena) == [pytest.approx(-0.5, rel=1e-5)]


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_decay_is_the_gradient_of_half_the_square(name: str) -> None:
    decayed, by_hand = _arena(3.0, -1.0), _arena(3.0, -1.0)
    first, second = make_optimizer(name, decayed), make_optimizer(name, by_hand)
    for _ in range(3):
        _gradient(decayed, 0.5, 0.5)
        _gradient(by_hand, *(0.5 + 0.1 * w for w in _theta(by_hand)))
        keep = 0.9 if first.uses_momentum else 0.0
        first.step(0.1, momentum=keep, weight_decay=0.1)
        second.step(0.1, momentum=keep)
    assert _theta(decayed) == pytest.approx(_theta(by_hand), rel=1e-5)


def test_momentum_that_fades_away_becomes_zero() -> None:
    """Numbers below 10⁻³⁸ would slow the processor down by a factor of fifty."""
    arena = _arena(0.0, 0.0)
    momentum = SGD(arena, use_momentum=True)
    _gradient(arena, 1e-25, -1e-25)
    momentum.step(0.1, momentum=0.5)
    assert np.count_nonzero(momentum.velocity) == 2
    arena.zero_grad()
    for _ in range(20):
        momentum.step(0.1, momentum=0.5)
        seen = np.abs(momentum.velocity[momentum.velocity != 0])
        assert not seen.size or seen.min() >= 1e-30
    assert not momentum.velocity.any()


def test_adams_means_that_fade_away_become_zero() -> None:
    arena = _arena(1.0, 1.0)
    adam = Adam(arena, betas=(0.1, 0.1))
    _gradient(arena, 1e-6, -1e-6)
    for _ in range(40):
        adam.step(0.0)
        arena.zero_grad()
        for mean in (adam.m, adam.v):
            seen = np.abs(mean[mean != 0])
            assert not seen.size or seen.min() >= 1e-30
    assert not adam.m.any()
    assert not adam.v.any()
    adam.step(1.0)
    assert _theta(arena) == [1.0, 1.0]


def test_an_unknown_optimiser_is_named() -> None:
    with pytest.raises(LabError, match=r"“rmsdrop”; there are sgd, .*, adam and adamw"):
        make_optimizer("rmsdrop", _arena(0.0))
