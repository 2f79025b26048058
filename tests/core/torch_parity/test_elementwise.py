"""Elementwise operations beside PyTorch's, at random numbers and at the kinks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

from tests.core.torch_parity.beside import DTYPES, same, uniform  # noqa: E402

SHAPES = [(7, 5), (1,), (), (3, 1, 33), (0, 4)]
PAIRS = [((7, 5), (7, 5)), ((3, 1, 5), (4, 1)), ((), (3,)), ((1,), (1,)), ((0, 3), (3,))]
nn = torch.nn.functional

ONE: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "neg": (F.neg, torch.neg),
    "square": (F.square, torch.square),
    "exp": (F.exp, torch.exp),
    "expm1": (F.expm1, torch.expm1),
    "sin": (F.sin, torch.sin),
    "cos": (F.cos, torch.cos),
    "abs": (F.abs, torch.abs),
    "pow": (lambda a: F.pow(a, 3), lambda a: a**3),
    "relu": (F.relu, torch.relu),
    "sigmoid": (F.sigmoid, torch.sigmoid),
    "tanh": (F.tanh, torch.tanh),
    "gelu": (F.gelu, nn.gelu),
    "gelu, tanh": (
        lambda a: F.gelu(a, approximate="tanh"), lambda a: nn.gelu(a, approximate="tanh")),
    "silu": (F.silu, nn.silu),
    "elu": (F.elu, nn.elu),
    "elu, alpha": (lambda a: F.elu(a, 0.3), lambda a: nn.elu(a, 0.3)),
    "logsigmoid": (F.logsigmoid, nn.logsigmoid),
    "ndtr": (F.ndtr, torch.special.ndtr),
    "leaky_relu": (F.leaky_relu, nn.leaky_relu),
    "leaky_relu, slope": (lambda a: F.leaky_relu(a, 0.3), lambda a: nn.leaky_relu(a, 0.3)),
    "softplus": (F.softplus, nn.softplus),
    "softplus, sharp": (lambda a: F.softplus(a, 4.0, 2.0), lambda a: nn.softplus(a, 4.0, 2.0)),
    "clamp": (lambda a: F.clamp(a, -1, 2), lambda a: torch.clamp(a, -1, 2)),
    "clamp, below": (lambda a: F.clamp(a, min=0.5), lambda a: torch.clamp(a, min=0.5)),
    "clamp, above": (lambda a: F.clamp(a, max=0.5), lambda a: torch.clamp(a, max=0.5)),
    "clamp, crossed": (lambda a: F.clamp(a, 2, -1), lambda a: torch.clamp(a, 2, -1)),
}  # fmt: skip
POSITIVE = {
    "log": (F.log, torch.log),
    "log1p": (F.log1p, torch.log1p),
    "sqrt": (F.sqrt, torch.sqrt),
    "pow, root": (lambda a: F.pow(a, -1.5), lambda a: a**-1.5),
}
TWO = {
    "add": (F.add, torch.add),
    "sub": (F.sub, torch.sub),
    "mul": (F.mul, torch.mul),
    "maximum": (F.maximum, torch.maximum),
    "minimum": (F.minimum, torch.minimum),
}


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ONE)
def test_of_one(name: str, shape: tuple[int, ...], dtype: type, engine: Engine) -> None:
    with use_engine(engine):
        same(*ONE[name], *uniform([shape], dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", POSITIVE)
def test_of_one_positive(name: str, shape: tuple[int, ...], dtype: type) -> None:
    same(*POSITIVE[name], *uniform([shape], dtype, low=0.1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PAIRS)
@pytest.mark.parametrize("name", TWO)
def test_of_two(name: str, shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    same(*TWO[name], *uniform(list(shapes), dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PAIRS)
def test_quotient(shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    same(F.div, torch.div, *uniform(list(shapes), dtype, low=0.5))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PAIRS)
def test_where(shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    chosen = np.random.default_rng(0).random(np.broadcast_shapes(*shapes)) > 0.5
    same(
        lambda a, b: F.where(chosen, a, b),
        lambda a, b: torch.where(torch.tensor(chosen), a, b),
        *uniform(list(shapes), dtype),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PAIRS)
def test_masked_fill(shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    mask = np.random.default_rng(0).random(np.broadcast_shapes(*shapes)) > 0.5
    same(
        lambda a: F.masked_fill(a, mask, -np.inf),
        lambda a: a.masked_fill(torch.tensor(mask), -np.inf),
        *uniform(list(shapes[:1]), dtype),
    )
    same(
        lambda a, v: F.masked_fill(a, mask, v),
        lambda a, v: a.masked_fill(torch.tensor(mask), v),
        *uniform([shapes[0], ()], dtype),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", PAIRS)
def test_power_of_both(shapes: tuple[tuple[int, ...], ...], dtype: type) -> None:
    same(lambda a, b: a**b, torch.pow, *uniform(list(shapes), dtype, low=0.2), rtol=1e-4)
    same(lambda b: 2.5**b, lambda b: 2.5**b, *uniform([shapes[0]], dtype), rtol=1e-4)


@pytest.mark.parametrize("exponent", [0, 0.0, 1, 2, 3])
def test_powers_of_zero(exponent: float) -> None:
    a = np.array([0.0, -1.0, 2.0])
    same(lambda a: a**exponent, lambda a: a**exponent, a)
    b = np.full(3, exponent, float)
    same(lambda b: np.abs(a) ** b, lambda b: torch.tensor(np.abs(a)) ** b, b)
    same(lambda a, b: a**b, torch.pow, np.abs(a), b)


def test_where_keeps_infinity_to_its_own_side() -> None:
    far = np.array([np.inf, 1.0, -np.inf])
    near = far > 0
    same(
        lambda a, b: F.where(near, a, b),
        lambda a, b: torch.where(torch.tensor(near), a, b),
        far,
        far * 2,
    )


KINKS = ["abs", "relu", "elu", "elu, alpha", "leaky_relu", "leaky_relu, slope", "clamp",
         "clamp, below",         "clamp, crossed", "softplus, sharp"]  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", KINKS)
def test_at_the_kinks(name: str, dtype: type) -> None:
    same(*ONE[name], np.array([-1, -0.0, 0, 0.5, 2], dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "relu", "leaky_relu", "clamp",
                                  "silu", "elu", "logsigmoid", "gelu", "gelu, tanh"])  # fmt: skip
def test_far_out(name: str, dtype: type) -> None:
    same(*ONE[name], np.array([-1e4, -90, -30, 30, 90, 1e4], dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["expm1", "log1p", "softplus", "elu"])
def test_near_zero(name: str, dtype: type) -> None:
    small = np.array([1e-12, -1e-12, 1e-7, -3e-7], dtype)
    same(*(ONE | POSITIVE)[name], small, rtol=1e-6, atol=1e-20)


def test_one_number_equal_in_both_is_shared() -> None:
    a = np.array([1.0, 2.0, 2.0])
    for name in ("maximum", "minimum"):
        same(*TWO[name], a, a[::-1].copy())
