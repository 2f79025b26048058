"""The tape: order, sharing, broadcasting, types, and errors that say what to do."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.autograd.anomaly import use_op_hook
from core.autograd.gradcheck import gradcheck
from core.errors import LabError, ShapeError
from core.nn import Conv2d, Linear, Module, Sequential


def _leaf(*values: float) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


def _grad(leaf: Tensor) -> list[float]:
    assert leaf.grad is not None
    return leaf.grad.tolist()


def test_a_graph_20_000_deep_needs_no_stack() -> None:
    x = _leaf(1.5)
    y = x
    for _ in range(20_000):
        y = y + x
    y.sum().backward()
    assert _grad(x) == [20_001.0]


def test_what_is_used_twice_gets_both_gradients() -> None:
    x = _leaf(3.0)
    (x * x + x).backward()
    assert _grad(x) == [7.0]


def test_a_shared_part_is_walked_once_however_many_paths_lead_to_it() -> None:
    x = _leaf(1.0)
    one, two = x, x
    walked: list[str] = []
    with use_op_hook(lambda what, inputs, outputs: walked.append(what)):
        for _ in range(15):  # 987 paths
            one, two = two, one + two
        two.backward()
    assert _grad(x) == [987.0 + 610.0]
    assert walked == ["add"] * 15 + ["the gradient of add"] * 15


def test_a_short_and_a_long_way_meet_in_the_right_order() -> None:
    x = _leaf(2.0)
    early = x * 3.0
    late = F.square(early * 1.0 + 0.0)
    (early + late).backward()
    assert _grad(x) == [3.0 + 2 * 6.0 * 3.0]


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=1, max_side=4))
def test_broadcasting_is_undone(shapes: object) -> None:
    first, second = shapes.input_shapes  # type: ignore[attr-defined]
    rng = np.random.default_rng(0)
    gradcheck(lambda a, b: a * b, rng.standard_normal(first), rng.standard_normal(second))


def test_backward_twice_adds_up_and_keeps_the_buffer() -> None:
    x = _leaf(2.0, 5.0)
    F.square(x).sum().backward()
    buffer = x.grad
    F.square(x).sum().backward()
    assert x.grad is buffer
    assert _grad(x) == [8.0, 20.0]


def test_the_first_gradient_is_a_copy() -> None:
    x, upstream = _leaf(1.0), np.array([4.0])
    (x + 0.0).backward(upstream)
    x.grad[:] = 9  # type: ignore[index]
    assert upstream.tolist() == [4.0]


def test_only_leaves_that_ask_get_a_gradient() -> None:
    x, constant = _leaf(2.0), Tensor(np.array([3.0]))
    middle = x * constant
    middle.sum().backward()
    assert constant.grad is None
    assert middle.grad is None
    assert _grad(x) == [3.0]


def test_no_grad_remembers_nothing_and_ends_after_an_error() -> None:
    x = _leaf(2.0)
    with no_grad():
        assert (x * 3.0).node is None
        with no_grad():
            pass
        assert (x * 3.0).node is None
    with pytest.raises(ZeroDivisionError), no_grad():
        _ = 1 / 0
    assert (x * 3.0).node is not None


def test_detach_cuts_the_past() -> None:
    x = _leaf(2.0)
    (x * (x * 3.0).detach()).backward()
    assert _grad(x) == [6.0]


_CONSTANTS = [np.float64(1.5), np.sqrt(2.0), 1.5, 2, np.float32(2), np.array(0.5), np.ones(3)]


@pytest.mark.parametrize("constant", _CONSTANTS, ids=lambda c: f"{type(c).__name__}-{np.shape(c)}")
@pytest.mark.parametrize("operate", [F.add, F.sub, F.mul, F.div, F.maximum])
def test_float32_stays_float32(operate: Callable[..., Tensor], constant: object) -> None:
    x = Tensor(np.array([1, 2, 3], np.float32), requires_grad=True)
    for y in (operate(x, constant), operate(constant, x)):
        assert y.dtype == np.float32
        F.sum(y).backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("operate", [F.mul, F.div, F.maximum])
def test_float64_constants_do_not_widen_gradients_on_their_way(
    operate: Callable[..., Tensor],
) -> None:
    x = Tensor(np.array([1, 2, 3], np.float32), requires_grad=True)
    travelling: list[np.dtype] = []
    with use_op_hook(lambda _, inputs, __: travelling.append(inputs[0].dtype)):
        F.sum(F.neg(operate(x * 1.5, np.array([1.5, 2.5, 3.5])))).backward()
    assert set(travelling) == {np.dtype(np.float32)}


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2)])
@pytest.mark.parametrize(
    ("operate", "shapes"),
    [
        (F.linear, ((3, 5), (2, 5), (2,))),
        (F.conv2d, ((2, 3, 5, 7), (4, 3, 3, 3), (4,))),
    ],
)
def test_what_nobody_wants_is_not_computed(
    operate: Callable[..., Tensor], shapes: tuple[tuple[int, ...], ...], wanted: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    operands = [
        Tensor(rng.standard_normal(shape), requires_grad=number in wanted)
        for number, shape in enumerate(shapes)
    ]
    gradients: list[object] = []
    with use_op_hook(lambda _, __, outputs: gradients.extend(outputs)):
        operate(*operands).sum().backward()
    assert [i for i, gradient in enumerate(gradients[-3:]) if gradient is not None] == list(wanted)


def test_float64_stays_float64() -> None:
    x = _leaf(1.0, 2.0)
    y = F.gelu(F.log_softmax(F.reshape(x * np.float32(2), (1, 2))))
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == np.float64


def test_whole_numbers_to_be_learnt_become_float32() -> None:
    assert Tensor(np.arange(3), requires_grad=True).dtype == np.float32
    assert Tensor([1, 2]).dtype.kind == "i"


def test_numbers_and_arrays_stand_on_either_side() -> None:
    x = _leaf(2.0, 4.0)
    y = (1.0 - x) / 2.0 + 8.0 / x - np.array([1.0, 2.0]) * x + (-x) ** 2
    assert isinstance(y, Tensor)
    assert y.numpy().tolist() == [-0.5 + 4 - 2 + 4, -1.5 + 2 - 8 + 16]
    y.sum().backward()
    assert _grad(x) == [-0.5 - 2.0 - 1 + 4, -0.5 - 0.5 - 2 + 8]


def test_slices_and_matrix_products_read_as_in_numpy() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = x[:, 1:] @ np.array([[1.0], [10.0]])
    assert y.numpy().tolist() == [[21.0], [54.0]]
    y.mean().backward()
    assert _grad(x) == [[0, 0.5, 5], [0, 0.5, 5]]


def test_backward_from_many_numbers_asks_for_one() -> None:
    with pytest.raises(LabError, match=r"single number.*\(2,\).*mean\(\) or sum\(\)"):
        (_leaf(1.0, 2.0) * 2.0).backward()


def test_backward_without_a_past_names_the_likely_cause() -> None:
    with no_grad():
        y = _leaf(1.0) * 2.0
    with pytest.raises(LabError, match=r"no parameter.*no_grad\(\)"):
        y.backward()


def test_a_gradient_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"gradient \(3,\) for a tensor \(2,\)"):
        (_leaf(1.0, 2.0) * 2.0).backward(np.ones(3))


class _Encoder(Module):
    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.conv1 = Conv2d(3, 4, 3, rng=rng)
        self.conv2 = Conv2d(1, 2, 3, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(self.conv1(x))


class _Net(Module):
    def __init__(self) -> None:
        self.encoder = _Encoder()

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


def test_a_misfit_names_operation_layer_and_both_shapes() -> None:
    with pytest.raises(ShapeError) as caught:
        _Net()(Tensor(np.zeros((2, 3, 9, 9), np.float32)))
    assert str(caught.value) == (
        "conv2d in encoder.conv2: x (2, 4, 7, 7) has 4 channels, weight (2, 1, 3, 3) expects 1"
    )


def test_a_misfit_in_a_row_of_layers_names_its_number() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(Linear(3, 4, rng=rng), Linear(5, 2, rng=rng))
    with pytest.raises(ShapeError, match=r"linear in 1: x \(2, 4\), weight \(2, 5\)"):
        net(Tensor(np.zeros((2, 3), np.float32)))


def test_after_an_error_no_layer_is_blamed_for_what_follows() -> None:
    with pytest.raises(ShapeError):
        _Net()(Tensor(np.zeros((2, 3, 9, 9), np.float32)))
    with pytest.raises(ShapeError, match=r"^add: .*\(operands \(2,\), \(3,\)\)"):
        F.add(_leaf(1.0, 2.0), np.ones(3))


@given(st.integers(1, 40), st.integers(0, 99))
def test_any_graph_agrees_with_difference_quotients(length: int, seed: int) -> None:
    steps = np.random.default_rng(seed).integers(0, 4, length)

    def graph(x: Tensor) -> Tensor:
        seen = [x]
        for number, step in enumerate(steps):
            a, b = seen[-1], seen[(7 * number + seed) % len(seen)]
            seen.append((a + b * 0.5, F.sin(a) * b, F.tanh(b - a), F.cos(a) + b)[step])
        return F.tanh(seen[-1])

    gradcheck(graph, np.array([0.3, -0.7]), tolerance=1e-5)
