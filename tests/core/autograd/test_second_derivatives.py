"""Derivatives of derivatives: the same rules, run on Tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.autograd import OPS, Tensor, op
from core.autograd import functional as F
from core.autograd.gradcheck import gradcheck
from core.autograd.higher_order import grad
from core.errors import LabError
from core.kernels.engine import Engine, use_engine
from tests.core.autograd.op_cases import CASES, Case

RNG = np.random.default_rng(3)
SMOOTH: dict[str, Callable[[Tensor], Tensor]] = {
    "polynomial": lambda x: 2.0 * x**3 + 4.0 * x**2 + 3.0 * x + 2.0,
    "exp": lambda x: F.exp(x) / (1.0 + F.exp(x)),
    "log": lambda x: F.log(x * x + 1.0),
    "sqrt": lambda x: F.sqrt(x * x + 0.5),
    "sin": lambda x: F.sin(x) * F.cos(x),
    "tanh": F.tanh,
    "sigmoid": F.sigmoid,
    "square": F.square,
    "softmax": lambda x: F.softmax(x) * np.arange(4.0),
    "log_softmax": lambda x: F.log_softmax(x) * np.arange(4.0),
    "mean": lambda x: F.mean(x * x * x, dim=0),
    "sum": lambda x: F.sum(x * x * x, dim=1, keepdim=True) * x,
    "matmul": lambda x: F.matmul(F.permute(x), x * x),
    "reshape": lambda x: F.reshape(x * x * x, (4, 3)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives_agree_with_differences_of_first(name: str) -> None:
    def slope(x: Tensor) -> Tensor:
        weights = np.cos(np.arange(SMOOTH[name](x).data.size)).reshape(SMOOTH[name](x).shape)
        (first,) = grad(F.sum(SMOOTH[name](x) * weights), [x], create_graph=True)
        return first

    gradcheck(slope, RNG.standard_normal((3, 4)), tolerance=1e-5)


def test_all_derivatives_of_a_power() -> None:
    x = Tensor(np.array(2.0), requires_grad=True)
    value = x**4
    for expected in (32.0, 48.0, 48.0, 24.0):
        (value,) = grad(value, [x], create_graph=True)
        assert value.item() == pytest.approx(expected)


def test_mixed_derivatives_and_untouched_leaves() -> None:
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    z = Tensor(np.array([3.0, 5.0]), requires_grad=True)
    dx, dz = grad(F.sum(x * x * z), [x, z], create_graph=True)
    (mixed,) = grad(F.sum(dx), [z])
    assert np.allclose(dz.data, [1, 4]) and np.allclose(mixed.data, [2, 4])
    assert x.grad is None and z.grad is None


def test_a_gradient_penalty_trains() -> None:
    w = Tensor(np.array([[0.5, -1.0]]), requires_grad=True)
    x = Tensor(np.array([[1.0, 2.0], [0.5, -1.0]]), requires_grad=True)
    (slope,) = grad(F.sum(F.tanh(F.matmul(x, F.permute(w)))), [x], create_graph=True)
    F.sum(slope * slope).backward()
    assert w.grad is not None and np.abs(w.grad).min() > 0


def test_an_input_that_plays_no_part_gets_zeros() -> None:
    x, y = (Tensor(np.ones(2), requires_grad=True) for _ in range(2))
    assert np.array_equal(grad(F.sum(x), [x, y])[1].data, [0, 0])


def test_a_fused_operation_says_that_it_cannot() -> None:
    @op
    def in_one_piece(a: Any) -> Any:
        return np.array(a), lambda g: g

    x = Tensor(RNG.standard_normal((3, 4)), requires_grad=True)
    try:
        with pytest.raises(LabError, match="in_one_piece is computed in one fused piece"):
            grad(F.sum(in_one_piece(x)), [x], create_graph=True)
    finally:
        del OPS["in_one_piece"]


def test_a_gradient_penalty_goes_through_fused_layers() -> None:
    """The parts of linear and of cross-entropy stand in for their kernels."""
    rng = np.random.default_rng(0)
    weight, bias = rng.standard_normal((3, 4)), rng.standard_normal(3)
    labels = np.array([0, 1, 2, 1, 0])

    def penalty(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        scores = F.linear(F.tanh(F.linear(x, w, b, activation="relu")), w[:, :3], b)
        (slope,) = grad(F.cross_entropy(scores, labels), [x], create_graph=True)
        return F.sum(slope * slope) * 10.0

    gradcheck(penalty, rng.standard_normal((5, 4)), weight, bias, tolerance=1e-5)


def test_changing_a_tensor_in_place_is_refused_with_the_way_out() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(LabError, match=r"in place.*where\(\)"):
        x[0] = 5.0


def test_a_tensor_never_slips_into_numpy_unnoticed() -> None:
    x = Tensor(np.ones(3), requires_grad=True)
    assert isinstance(np.array([1.0, 2.0, 3.0]) * x, Tensor)
    with pytest.raises(LabError, match="cut the graph"):
        np.asarray(x)


def _case_name(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize(
    "case", [case for case in CASES if any(x.size for x in case.inputs())], ids=_case_name
)
def test_every_operation_has_a_second_derivative_or_says_that_it_has_none(
    case: Case, engine: Engine
) -> None:
    """Never a wrong one: what the rules give on Tensors is held to differences of the first."""
    weights = np.random.default_rng(1).standard_normal(case.function(*case.inputs()).shape)

    def slopes(*inputs: Tensor) -> tuple[Tensor, ...]:
        return grad(F.sum(F.sin(case.function(*inputs)) * weights), inputs, create_graph=True)

    with use_engine(engine):
        try:
            slopes(*(Tensor(x, requires_grad=True) for x in case.inputs()))
        except LabError as error:
            assert "computed in one fused piece and knows no second derivative" in str(error)
            return
        gradcheck(slopes, *case.inputs(), tolerance=1e-5, elements=20)
