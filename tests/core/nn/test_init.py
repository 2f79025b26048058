"""How weights begin: their spread, their kind, their seed."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import ShapeError
from core.nn import Conv2d, Linear, init

_SHAPES = [(200, 300), (40, 30, 5, 5)]
_RULES: dict[str, tuple[Callable[..., NDArray[np.float32]], Callable[[int, int], float], bool]] = {
    "xavier": (init.xavier_uniform, lambda i, o: math.sqrt(2 / (i + o)), True),
    "he": (init.kaiming_normal, lambda i, o: math.sqrt(2 / i), False),
    "xavier_normal": (init.xavier_normal, lambda i, o: math.sqrt(2 / (i + o)), False),
    "he_uniform": (init.kaiming_uniform, lambda i, o: math.sqrt(2 / i), True),
    "fan_in_uniform": (
        lambda rng, shape: init.fan_in_uniform(rng, shape, init.fan_in_and_fan_out(shape)[0]),
        lambda i, o: 1 / math.sqrt(3 * i),
        True,
    ),
    "normal": (lambda rng, shape: init.normal(rng, shape, 0.3), lambda i, o: 0.3, False),
    "uniform": (lambda rng, shape: init.uniform(rng, shape, 0.6), lambda i, o: 0.6 / 3**0.5, True),
}


def test_inputs_and_outputs_of_a_unit() -> None:
    assert init.fan_in_and_fan_out((3, 7)) == (7, 3)
    assert init.fan_in_and_fan_out((8, 2, 3, 3)) == (18, 72)


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("rule", _RULES)
def test_the_spread_is_as_published(rule: str, shape: tuple[int, ...]) -> None:
    make, spread, even = _RULES[rule]
    w = make(np.random.default_rng(0), shape)
    expected = spread(*init.fan_in_and_fan_out(shape))
    assert w.dtype == np.float32
    assert w.shape == shape
    assert w.std() == pytest.approx(expected, rel=0.02)
    assert abs(w.mean()) < 0.02 * expected
    reach = np.abs(w).max() / expected
    assert (reach <= math.sqrt(3) + 1e-5) if even else (reach > 3)


@pytest.mark.parametrize("rule", _RULES)
def test_the_seed_decides(rule: str) -> None:
    make = _RULES[rule][0]
    first, same, other = (make(np.random.default_rng(seed), (5, 4)) for seed in (1, 1, 2))
    assert first.tobytes() == same.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize("shape", [(7, 7), (3, 11), (11, 3), (6, 2, 3, 3), (40, 2, 2), (1, 1)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...], gain: float) -> None:
    w = init.orthogonal(np.random.default_rng(3), shape, gain)
    assert w.dtype == np.float32
    assert w.shape == shape
    assert w.flags.c_contiguous
    flat = w.reshape(shape[0], -1)
    flat = flat if flat.shape[0] <= flat.shape[1] else flat.T
    np.testing.assert_allclose(flat @ flat.T, gain**2 * np.eye(len(flat)), atol=1e-6)


def test_all_rotations_are_equally_likely() -> None:
    """Without the sign fix the first column of Q points away from the random one each time."""
    rng = np.random.default_rng(0)
    signs = [init.orthogonal(rng, (3, 3))[0, 0] > 0 for _ in range(400)]
    assert 0.4 < np.mean(signs) < 0.6
    half_turns = [np.linalg.det(init.orthogonal(rng, (3, 3))) > 0 for _ in range(400)]
    assert 0.4 < np.mean(half_turns) < 0.6


def test_orthogonal_follows_its_seed() -> None:
    first, same, other = (init.orthogonal(np.random.default_rng(s), (4, 6)) for s in (1, 1, 2))
    assert first.tobytes() == same.tobytes()
    assert first.tobytes() != other.tobytes()


def test_nothing_of_orthogonal() -> None:
    assert init.orthogonal(np.random.default_rng(0), (0, 3)).shape == (0, 3)


@pytest.mark.parametrize("rule", [init.orthogonal, init.xavier_uniform, init.kaiming_normal])
def test_a_vector_has_no_inputs_and_outputs(rule: Callable[..., object]) -> None:
    with pytest.raises(ShapeError, match=r"\(5,\)"):
        rule(np.random.default_rng(0), (5,))


def test_the_same_number_everywhere() -> None:
    rng = np.random.default_rng(0)
    assert init.constant(rng, (2, 1), 0.3).tolist() == [[np.float32(0.3)]] * 2
    assert init.zeros(rng, (3,)).tolist() == [0, 0, 0]
    assert init.zeros(rng, (3,)).dtype == np.float32


def test_layers_begin_as_torchs_do() -> None:
    rng = np.random.default_rng(0)
    for layer, bound in (
        (Linear(400, 300, rng=rng), 1 / 20),
        (Conv2d(16, 300, 5, rng=rng), 1 / 20),
    ):
        for array in layer.state_dict().values():
            assert 0.95 * bound < np.abs(array).max() <= bound
            assert array.std() == pytest.approx(bound / math.sqrt(3), rel=0.1)
