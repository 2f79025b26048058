"""Numbers known beforehand: from the original's own tests, its course, and PyTorch."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.registry import chapter
from core.kernels.engine import use_engine
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, Sequential


@pytest.fixture(autouse=True, params=["reference", "fast"])
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    with use_engine(request.param):
        yield


def _leaf(values: ArrayLike) -> Tensor:
    return Tensor(np.array(values, np.float64), requires_grad=True)


def _grad(leaf: Tensor) -> NDArray[np.float64]:
    assert leaf.grad is not None
    return leaf.grad


def _close(found: Any, expected: Any, digits: float = 6e-6) -> None:
    np.testing.assert_allclose(found, expected, rtol=digits, atol=digits)


def test_log_softmax_and_the_gradient_of_its_sum() -> None:
    x = _leaf([[1, 2, 3, 4, 5]])
    y = F.log_softmax(x)
    _close(y.numpy()[0], [-4.4519, -3.4519, -2.4519, -1.4519, -0.4519], 2e-5)
    y.sum().backward()
    _close(_grad(x)[0], [0.941719, 0.841575, 0.569357, -0.170608, -2.18204])


def test_log_softmax_of_equal_scores() -> None:
    y = F.log_softmax(_leaf([[1, 0, 0, 1]]))
    _close(y.numpy()[0], [-1.00641, -2.00641, -2.00641, -1.00641])


def test_log_softmax_of_the_digits_chapter() -> None:
    y = F.log_softmax(_leaf([[-2.5, -4, -3, -0.5, -4.4, 4, -0.75, -0.25, -0.5, -2]])).numpy()[0]
    expected = [-6.5494, -8.0494, -7.0494, -4.5494, -8.4494, -0.0494, -4.7994, -4.2994, -4.5494,
                -6.0494]  # fmt: skip
    _close(y, expected, 5e-5)
    assert np.exp(y[5]) == pytest.approx(0.95185, abs=2e-4)


@pytest.mark.parametrize(
    "loss",
    [F.cross_entropy, lambda scores, labels: F.nll_loss(F.log_softmax(scores), labels)],
    ids=["fused", "in two steps"],
)
def test_cross_entropy_and_one_step_downhill(loss: Callable[..., Tensor]) -> None:
    x, label = _leaf([[2, 0, 0, 1]]), np.array([0])
    before = loss(x, label)
    before.backward()
    _close(before.item(), 0.493812)
    _close(_grad(x)[0], [-0.389704, 0.0825946, 0.0825946, 0.224515])
    step = 0.2 * _grad(x)
    _close(loss(Tensor(x.data - step), label).item(), 0.452111)
    step[0, 1:] = 0
    _close(loss(Tensor(x.data - step), label).item(), 0.464156)


def test_gelu_and_its_slope() -> None:
    x = _leaf([0, 12, 1, -1, 50, -50])
    y = F.gelu(x)
    y.sum().backward()
    _close(y.numpy()[:2], [0, 12])
    _close(_grad(x)[[0, 2, 3, 4, 5]], [0.5, 1.0833, -0.0833155, 1, 0], 2e-5)


def test_x_times_four_added_twice() -> None:
    x = _leaf(3.0)
    y = x * 4.0
    (y + y).backward()
    assert _grad(x) == 8


def test_an_elementwise_product_under_a_matrix_product() -> None:
    x, y = _leaf(np.arange(1.0, 26).reshape(5, 5)), _leaf(np.arange(5.0, 30).reshape(5, 5))
    ((x * y) @ (2.0 * np.eye(5))).sum().backward()
    assert _grad(x)[0, 0] == 10
    assert _grad(x)[1, 1] == 22
    assert _grad(y)[1, 1] == 14


def test_the_sum_of_an_elementwise_product() -> None:
    x = _leaf(np.arange(1.0, 26).reshape(5, 5))
    every_other = (np.arange(25) % 2).reshape(5, 5)
    total = (x * every_other).sum()
    total.backward()
    assert total.item() == 156
    assert np.array_equal(_grad(x), every_other)


def test_quotients_and_powers() -> None:
    x, y = _leaf(12.0), _leaf(2.0)
    (x / y).backward()
    assert (_grad(x), _grad(y)) == (0.5, -3)
    a, b = _leaf(-1.0), _leaf(-4.0)
    z = a**2 + b**3
    z.backward()
    assert (z.item(), _grad(a), _grad(b)) == (-63, -2, 48)


def test_the_expression_of_the_autograd_chapter() -> None:
    x, z = _leaf(2.0), _leaf(0.0)
    y = 3.0 * x**3 + 4.0 * x + 1.0 + x * z
    y.backward()
    assert (y.item(), _grad(x), _grad(z)) == (33, 40, 2)


def test_the_gradient_of_a_sum_of_a_hundred() -> None:
    x = _leaf(np.arange(100.0))
    total = x.sum()
    total.backward()
    assert total.item() == 4950
    assert (_grad(x) == 1).all()


def _conv(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(F.reshape(x, (1, 1, *x.shape)), F.reshape(weight, (1, 1, *weight.shape)), bias)


def test_convolution_on_four_by_four() -> None:
    x = _leaf([[1, 2, 3, 1], [1, 0, 0, 0], [0, 0, -9, -5], [1, 7, -4, -3]])
    y = _conv(x, _leaf([[1, 2], [3, 4]]), _leaf([1.0])).numpy()[0, 0]
    assert y.shape == (3, 3)
    assert (y[0, 0], y[0, 1], y[2, 1], y[2, 2]) == (9, 9, -12, -42)


def test_convolution_backward_with_a_factor_before_it() -> None:
    pixels = np.arange(1.0, 37).reshape(6, 6)
    pixels[0, 0] = 11
    x, bias = _leaf(pixels), _leaf([0.0])
    weight = _leaf([[-0.0352, 0.0890], [0.4843, 0.3177]])
    y = _conv(x @ (2.0 * np.eye(6)), weight, bias)
    y.sum().backward()
    _close(y.numpy()[0, 0, 0], [11.445, 13.8606, 15.5722, 17.2838, 18.9954])
    assert _grad(weight).tolist() == [[770, 800], [1050, 1100]]
    assert _grad(bias).tolist() == [25]
    _close(_grad(x)[0, 0], 2 * -0.0352)
    _close(_grad(x)[2, 2], 2 * (-0.0352 + 0.0890 + 0.4843 + 0.3177))


def test_convolution_backward_as_pytorch_has_it() -> None:
    x, bias = _leaf(np.arange(1.0, 37).reshape(6, 6)), _leaf([0.0])
    weight = _leaf([[0.1107, 0.2178, -0.1075], [0.0788, 0.1591, 0.1667], [-0.2994, 0.1177, 0.2621]])
    y = _conv(x, weight, bias)
    y.sum().backward()
    _close(y.numpy()[0, 0, :2, 0], [5.2356, 9.4716])
    assert _grad(weight).tolist() == [[184, 200, 216], [280, 296, 312], [376, 392, 408]]
    assert _grad(bias).tolist() == [16]
    _close(_grad(x)[0], [0.1107, 0.3285, 0.2210, 0.2210, 0.1103, -0.1075])
    _close(_grad(x)[4, 2], 0.4850)
    _close(_grad(x)[5, 5], 0.2621)


def test_the_bias_is_added_once_however_many_channels_come_in() -> None:
    x, bias = _leaf(np.zeros((1, 32, 4, 4))), _leaf([0.5])
    y = F.conv2d(x, Tensor(np.ones((1, 32, 3, 3))), bias)
    y.sum().backward()
    assert (y.numpy() == 0.5).all()
    assert _grad(bias).tolist() == [4]


def _pool(x: Tensor, **options: bool) -> Tensor:
    return F.max_pool2d(F.reshape(x, (1, 1, *x.shape)), 2, **options)


def test_max_pool_and_its_winners() -> None:
    x = _leaf([[1, 2, 3, 1], [0, 0, 0, 0], [0, 0, -9, -5], [1, 7, -4, -3], [0, 0, -9, -5],
               [1, 7, -4, -3]])  # fmt: skip
    y = _pool(x @ (3.5 * np.eye(4)))
    y.sum().backward()
    assert y.numpy()[0, 0].tolist() == [[7, 10.5], [24.5, -10.5], [24.5, -10.5]]
    winners = [(0, 1), (0, 2), (3, 1), (3, 3), (5, 1), (5, 3)]
    expected = np.zeros((6, 4))
    expected[tuple(zip(*winners, strict=True))] = 3.5
    assert np.array_equal(_grad(x), expected)


def test_max_pool_with_windows_over_the_edge() -> None:
    x = _leaf([[1, 2, 3], [0, 0, 0], [0, 0, -9]])
    y = _pool(x, ceil_mode=True)
    y.sum().backward()
    assert y.numpy()[0, 0].tolist() == [[2, 3], [0, -9]]
    assert _grad(x).tolist() == [[0, 1, 1], [0, 0, 0], [1, 0, 1]]
    assert _pool(x).numpy()[0, 0].tolist() == [[2]]


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "expected"),
    [(11, 2, 2, 6), (5, 3, 2, 2), (6, 3, 2, 3), (4, 2, 3, 2), (5, 2, 4, 2), (4, 1, 3, 2),
     (7, 2, 5, 2), (6, 2, 5, 2), (3, 1, 4, 1)],
)  # fmt: skip
def test_ceil_mode_has_torchs_sizes(length: int, kernel: int, stride: int, expected: int) -> None:
    x = Tensor(np.zeros((1, 1, length, length)))
    assert F.max_pool2d(x, kernel, stride=stride, ceil_mode=True).shape[2:] == (expected,) * 2


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _dense(*sizes: int) -> Module:
    return Sequential(*(Linear(a, b, rng=_rng()) for a, b in pairwise(sizes)))


def _letters() -> Module:
    """The original's letter net."""
    return Sequential(
        Conv2d(1, 32, 3, rng=_rng()), MaxPool2d(2),
        Conv2d(32, 64, 3, rng=_rng()), MaxPool2d(2, ceil_mode=True),
        Conv2d(64, 128, 3, rng=_rng()), MaxPool2d(2),
        Flatten(), Linear(512, 64, rng=_rng()), Linear(64, 128, rng=_rng()),
        Linear(128, 26, rng=_rng()),
    )  # fmt: skip


def _lenet() -> Module:
    return Sequential(
        Conv2d(3, 6, 5, rng=_rng()), MaxPool2d(2), Conv2d(6, 16, 5, rng=_rng()), MaxPool2d(2),
        Flatten(), *_dense(400, 120, 84, 10).modules,  # type: ignore[attr-defined]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (_dense(784, 128, 64, 10), 109_386),
        (_dense(784, 500, 200, 10), 494_710),
        (_dense(784, 40, 10), 31_810),
        (_dense(784, 50, 40, 10), 41_700),
        (_dense(2, 2, 3, 2), 23),
        (_dense(1, 50, 1), 151),
        (_letters(), 137_178),
        (_lenet(), 62_006),
    ],
)
def test_parameters_are_as_many_as_known(net: Module, count: int) -> None:
    assert sum(parameter.data.size for parameter in net.parameters()) == count


def test_the_digits_chapter_has_109_386_parameters() -> None:
    digits = chapter("digits")
    model = digits.task.model(digits.defaults(), _rng())
    assert sum(parameter.data.size for parameter in model.parameters()) == 109_386


def test_the_letter_net_takes_a_picture_to_26_scores() -> None:
    assert _letters()(Tensor(np.zeros((2, 1, 28, 28), np.float32))).shape == (2, 26)
