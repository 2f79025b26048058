"""Very large, very small and no numbers: the value is right, or it is told; slopes as torch's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core import nn
from core.autograd import OPS, Tensor, op
from core.autograd import functional as F
from core.autograd.anomaly import detect_anomaly
from core.autograd.higher_order import grad
from core.errors import AnomalyError, LabError, LabWarning
from core.kernels.engine import Engine, use_engine
from core.nn.arena import Arena
from core.optim import SGD, clip_grad_norm_
from core.optim.clip_grad import grad_norm

NAN, INF = math.nan, math.inf
ENGINES = pytest.mark.parametrize("engine", ["reference", "fast"])
TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def _slope(function: Callable[..., Tensor], *values: Any) -> list[Any]:
    leaves = [Tensor(np.array(v, np.float64), requires_grad=True) for v in values]
    with np.errstate(all="ignore"):
        F.sum(function(*leaves)).backward()
    return [leaf.grad for leaf in leaves]


# -- sigmoid --------------------------------------------------------------------------------------


@TYPES
def test_sigmoid_keeps_its_digits_on_both_sides(dtype: type) -> None:
    x = np.array([-87, -40, -20, -17, -13, -5, -1, -1e-3, 0, 1, 5, 13, 40, 1e4, -1e4], dtype)
    exact = [1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in x.tolist()]
    np.testing.assert_allclose(F.sigmoid(Tensor(x)).data, exact, 4 * np.finfo(dtype).eps)


@ENGINES
@TYPES
def test_every_sigmoid_is_the_same(dtype: type, engine: Engine) -> None:
    """That of the layer alone, behind a linear layer in one piece, and inside recurrent gates."""
    x = np.linspace(-30, 30, 61).astype(dtype)
    with use_engine(engine):
        chained = F.fused_mlp(
            Tensor(x[:, None]), np.ones((1, 1), dtype), np.zeros(1, dtype), activations=["sigmoid"]
        ).data[:, 0]
    np.testing.assert_allclose(chained, F.sigmoid(Tensor(x)).data, 1e-5, 1e-30)


@TYPES
def test_the_logarithm_of_a_sigmoid_has_its_slope_far_out(dtype: type) -> None:
    x = Tensor(np.array([-13, -20, -40, -80], dtype), requires_grad=True)
    F.sum(F.log(F.sigmoid(x))).backward()
    np.testing.assert_allclose(x.grad, 1, 1e-4)
    y = Tensor(np.array([-13, -20, -40, -80], dtype), requires_grad=True)
    F.sum(F.log(F.softplus(y))).backward()
    np.testing.assert_allclose(y.grad, 1, 1e-4)


def test_all_derivatives_of_sigmoid_at_zero() -> None:
    x = Tensor(np.array(0.0), requires_grad=True)
    value = F.sigmoid(x)
    for expected in (0.25, 0.0, -0.125, 0.0, 0.25):
        (value,) = grad(value, [x], create_graph=True)
        assert value.item() == pytest.approx(expected)


# -- slopes where there are none ------------------------------------------------------------------


def test_slopes_at_nan_are_torchs() -> None:
    assert _slope(F.relu, [NAN, -1, 2])[0].tolist() == [1, 0, 1]
    assert _slope(F.abs, [NAN, -3, 0])[0].tolist() == [0, -1, 0]
    for function in (F.maximum, F.minimum):
        assert [g.tolist() for g in _slope(function, [NAN, 1], [2, NAN])] == [[1, 1], [1, 1]]
    assert _slope(lambda a: F.pow(a, 0.0), [NAN, 0, 2])[0].tolist() == [0, 0, 0]
    assert _slope(lambda a: F.pow(a, np.zeros(3)), [NAN, 0, 2])[0].tolist() == [0, 0, 0]
    assert _slope(lambda a: F.pow(a, 0.5), [-0.0, 0.0, 4])[0].tolist() == [-INF, INF, 0.25]
    assert _slope(lambda a: F.l1_loss(a, np.zeros(2)), [NAN, 2])[0].tolist() == [0, 0.5]


@ENGINES
@TYPES
def test_of_several_nan_the_last_in_a_window_has_the_gradient(engine: Engine, dtype: type) -> None:
    x = np.array([[1, NAN, 3, 4], [NAN, 2, 5, NAN]], dtype)[None, None]
    leaf = Tensor(x, requires_grad=True)
    with use_engine(engine):
        F.sum(F.max_pool2d(leaf, 2)).backward()
    assert leaf.grad is not None
    assert leaf.grad.ravel().tolist() == [0, 0, 0, 0, 1, 0, 0, 1]


@ENGINES
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("window", [(2, 1, 1), (3, 2, 1), ((3, 2), 2, (1, 0)), (3, 1, 1)])
def test_no_gradient_goes_into_the_padding(engine: Engine, window: Any, ceil_mode: bool) -> None:
    """Not even where a window holds nothing but minus infinity."""
    leaf = Tensor(np.full((2, 2, 5, 4), -INF, np.float32), requires_grad=True)
    with use_engine(engine):
        y = F.max_pool2d(leaf, window[0], window[1], window[2], ceil_mode=ceil_mode)
        F.sum(y).backward()
    assert leaf.grad is not None
    assert leaf.grad.sum() == y.size


# -- lengths of gradients -------------------------------------------------------------------------


@TYPES
@pytest.mark.parametrize("size", [1e-42, 1e-30, 1e-20, 1e-5, 1.0, 1e10, 1e20, 1e37])
def test_no_length_overflows_or_fades(size: float, dtype: type) -> None:
    vector = (np.array([3, 0, -4]) * size).astype(dtype)
    exact = math.hypot(*vector.tolist())
    assert grad_norm(vector) == pytest.approx(exact, rel=1e-5)
    assert grad_norm(vector) > 0


def test_a_length_is_infinite_only_where_a_number_is() -> None:
    assert grad_norm(np.array([1e200, 1e200])) == pytest.approx(math.sqrt(2) * 1e200)
    assert grad_norm(np.array([1, INF], np.float32)) == INF
    assert math.isnan(grad_norm(np.array([1, NAN], np.float32)))
    assert grad_norm(np.zeros(0, np.float32)) == grad_norm(np.zeros(3, np.float32)) == 0


@TYPES
@pytest.mark.parametrize("size", [1.0, 1e20, 1e37])
def test_clipping_keeps_the_direction_of_any_gradient(size: float, dtype: type) -> None:
    gradient = (np.array([3, -4]) * size).astype(dtype)
    clip_grad_norm_(gradient, 0.5)
    np.testing.assert_allclose(gradient, [0.3, -0.4], 1e-5)


def test_training_moves_on_with_a_huge_gradient_that_is_clipped() -> None:
    model = nn.Linear(2, 1, bias=False, rng=np.random.default_rng(0))
    arena = Arena.adopt(model)
    before = model.weight.data.copy()
    model(Tensor(np.full((1, 2), 1e20, np.float32))).sum().backward()
    clip_grad_norm_(arena.grad, 1.0)
    SGD(arena).step(0.1)
    np.testing.assert_allclose(before - model.weight.data, 0.1 / math.sqrt(2), 1e-4)


# -- types ----------------------------------------------------------------------------------------


def test_data_in_float64_is_taken_as_float32_at_the_models_door() -> None:
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(4, 3, rng=rng), nn.ReLU(), nn.Linear(3, 2, rng=rng))
    x = rng.standard_normal((5, 4))
    expected = model(Tensor(x.astype(np.float32)))
    for data in (Tensor(x), x, Tensor(x.astype(">f8"))):
        y = model(data)
        assert y.dtype == np.float32 and np.array_equal(y.data, expected.data)
    assert model(Tensor(x.astype(np.float16))).dtype == np.float32


def test_a_model_of_float64_keeps_float64() -> None:
    model = nn.Linear(4, 3, rng=np.random.default_rng(0))
    Arena.adopt(model, np.float64)
    assert model(Tensor(np.ones((5, 4)))).dtype == np.float64


def test_who_meets_weights_with_data_in_float64_is_told_that_it_is_slow() -> None:
    layer = nn.Linear(4, 3, rng=np.random.default_rng(0))
    with pytest.warns(LabWarning, match=r"linear: float64 .*astype\(np\.float32\)"):
        assert F.linear(Tensor(np.ones((2, 4))), layer.weight).dtype == np.float64


def test_whole_numbers_do_not_wrap_round() -> None:
    small, large = (Tensor(np.array([n], np.uint8)) for n in (1, 250))
    assert (small - 2).data == [-1] and (large + large).data == [500]
    assert (large * large).data == [62500] and (-small).data == [-1]
    assert F.square(large).data == [62500] and (large**2).data == [62500]
    assert F.sum(Tensor(np.full(300, 250, np.uint8))).item() == 75000
    assert F.matmul(large, large).item() == 62500
    assert F.abs(Tensor(np.array([-128], np.int8))).data == [128]
    truth = Tensor(np.array([True, True]))
    assert (truth + truth).data.tolist() == [2, 2] and F.sum(truth).item() == 2


def test_whole_numbers_are_floats_where_the_result_is_one() -> None:
    whole = np.array([[1, 2, 3]])
    assert F.cross_entropy(Tensor(whole), [0]).item() == pytest.approx(2.4076, abs=1e-4)
    assert F.leaky_relu(Tensor(np.array([-500, 4]))).data.tolist() == [-5, 4]
    assert F.layer_norm(Tensor(np.array([[2, 2, 2]])), (3,)).data.tolist() == [[0, 0, 0]]
    assert F.pad(Tensor(np.array([5])), [(1, 0)], 0.5).data.tolist() == [0.5, 5]
    assert F.mean(Tensor(np.array([1, 2], np.uint8))).item() == 1.5
    assert F.exp(Tensor(np.array([20], np.int8))).item() == pytest.approx(math.exp(20), rel=1e-6)
    assert F.max_pool2d(Tensor(whole[None, None]), 1, padding=0).data.ravel().tolist() == [1, 2, 3]


def test_floats_of_python_are_float32_and_arrays_keep_their_type() -> None:
    assert Tensor([0.5, 1]).dtype == Tensor(0.5).dtype == np.float32
    assert Tensor(np.array([0.5])).dtype == np.float64
    assert Tensor([1, 2]).dtype.kind == "i"
    assert Tensor(np.ones(2, ">f8")).dtype == np.float64


# -- arguments that count -------------------------------------------------------------------------


def test_a_bound_that_is_learnt_gets_its_gradient() -> None:
    a, low, high = _slope(F.clamp, [-2.0, 0.5, 3.0], [-1.0, -1.0, -1.0], [1.0, 1.0, 1.0])
    assert [a.tolist(), low.tolist(), high.tolist()] == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    a, low, high = _slope(F.clamp, [0.0], [2.0], [1.0])  # max wins over a larger min
    assert [a[0], low[0], high[0]] == [0, 0, 1]


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss, F.squared_error])
def test_a_loss_that_compares_each_with_each_is_warned_of(loss: Any) -> None:
    with pytest.warns(LabWarning, match=r"\(4, 1\) with \(4,\): 16 differences"):
        loss(Tensor(np.zeros((4, 1))), np.arange(4.0))
    loss(Tensor(np.zeros((4, 1))), 0.0)
    loss(Tensor(np.zeros((4, 3))), np.zeros(3))


def _masks() -> dict[str, Any]:
    mask = np.triu(np.ones((3, 3), bool), 1)
    added = np.where(mask, -np.inf, 0.0)
    return {
        "array": mask,
        "Tensor": Tensor(mask),
        "list": mask.tolist(),
        "floats": added,
        "list of floats": np.where(mask, -1e9, 0.0).tolist(),
        "Tensor of floats": Tensor(added.astype(np.float32)),
    }


@ENGINES
@pytest.mark.parametrize("kind", _masks())
def test_a_mask_means_the_same_in_whatever_it_comes(kind: str, engine: Engine) -> None:
    layer = nn.MultiheadAttention(4, 2, batch_first=True, rng=np.random.default_rng(0))
    x = Tensor(np.random.default_rng(1).standard_normal((1, 3, 4)).astype(np.float32))
    with use_engine(engine):
        causal = layer(x, is_causal=True)[0].data
        np.testing.assert_allclose(layer(x, attn_mask=_masks()[kind])[0].data, causal, 1e-4, 1e-5)
        q = x.data
        looks = ~_masks()["array"]
        expected = F.scaled_dot_product_attention(q, q, q, is_causal=True).data
        for mask in (looks, Tensor(looks), looks.tolist()):
            np.testing.assert_allclose(
                F.scaled_dot_product_attention(q, q, q, mask).data, expected, 1e-4, 1e-5
            )


@pytest.mark.parametrize("dtype", [int, np.uint8, np.int8])
def test_a_mask_of_whole_numbers_is_refused(dtype: type) -> None:
    mask = np.triu(np.ones((3, 3), dtype), 1)
    layer = nn.MultiheadAttention(4, 2, batch_first=True, rng=np.random.default_rng(0))
    x = np.ones((1, 3, 4), np.float32)
    for given in (mask, Tensor(mask), mask.tolist()):
        with pytest.raises(LabError, match="booleans, or floats"):
            layer(Tensor(x), attn_mask=given)
        with pytest.raises(LabError, match="booleans, or floats"):
            F.scaled_dot_product_attention(x, x, x, given)


# -- what the tape refuses ------------------------------------------------------------------------


@op
def _turned(a: Any) -> Any:
    """A rule with a mistake: its gradient has another shape than its operand."""
    return a.T, lambda g: g


@op
def _forgetful(a: Any, b: Any) -> Any:
    """A rule with a mistake: one gradient for two operands."""
    return a * b, lambda g: g * b


for _name in ("_turned", "_forgetful"):  # others ask for all operations there are
    OPS.pop(_name)


def test_a_gradient_that_does_not_fit_its_operand_is_refused() -> None:
    a = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(LabError, match=r"gradient of _turned: .*\(3, 2\) does not fit.*\(2, 3\)"):
        F.sum(_turned(a)).backward()
    assert a.grad is None


def test_a_gradient_that_is_missing_is_refused() -> None:
    a, b = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    with pytest.raises(LabError, match=r"_forgetful: its rule gives 1 for 2 operands"):
        F.sum(_forgetful(a, b)).backward()


def test_a_constant_option_takes_no_tensor_that_learns() -> None:
    slope = Tensor(np.array(0.1), requires_grad=True)
    with pytest.raises(LabError, match=r"leaky_relu: negative_slope is a constant.*\.detach\(\)"):
        F.leaky_relu(np.ones(3), slope)
    assert F.leaky_relu(np.array([-1.0]), slope.detach()).item() == pytest.approx(-0.1)


# -- in place -------------------------------------------------------------------------------------


def test_an_array_that_is_changed_before_backward_is_found_by_anomaly() -> None:
    source = np.array([1.0, 2.0])
    leaf = Tensor(np.ones(2), requires_grad=True)
    with (
        detect_anomaly(3),
        pytest.raises(AnomalyError, match=r"at mini-batch 3 .*changed in place"),
    ):
        y = F.sum(leaf * source)
        source[:] = 7
        y.backward()
    with detect_anomaly(), pytest.raises(AnomalyError, match="changed in place"):
        y = F.exp(leaf)
        y.data[:] = 0
        F.sum(y).backward()


def test_a_healthy_loop_changes_nothing_in_place() -> None:
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=rng), nn.MaxPool2d(2), nn.BatchNorm2d(2), nn.Flatten(),
        nn.Linear(8, 4, rng=rng), nn.GELU(), nn.Dropout(0.3, rng=rng), nn.Linear(4, 3, rng=rng),
    )  # fmt: skip
    arena = Arena.adopt(model)
    optimizer = SGD(arena, lr=0.1)
    with detect_anomaly():
        for _ in range(3):
            optimizer.zero_grad()
            x = rng.standard_normal((5, 1, 6, 6)).astype(np.float32)
            F.cross_entropy(model(Tensor(x)), [0, 1, 2, 0, 1]).backward()
            optimizer.step()
