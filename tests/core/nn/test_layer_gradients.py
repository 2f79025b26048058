"""Every layer's derivative by its inputs and parameters, alone and behind another layer."""

from typing import Any

import numpy as np
import pytest

import core.nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.gradcheck import gradcheck
from core.errors import LabError
from core.kernels.engine import Engine, use_engine
from core.nn import Linear, Module, Sequential
from core.nn.gradcheck import gradcheck_module
from tests.core.nn.layer_cases import CASES, LayerCase
from tests.core.nn.layer_cases.case import rng


class _Behind(Module):
    """Another layer before the one in question, so that a wrong input gradient is noticed."""

    def __init__(self, layer: Module) -> None:
        self.layer = layer

    def forward(self, *inputs: Tensor) -> Any:  # type: ignore[override]
        floats = (x.dtype.kind == "f" for x in inputs)
        return self.layer(
            *(F.tanh(x * 1.5) if f else x for f, x in zip(floats, inputs, strict=True))
        )


def test_every_layer_is_checked() -> None:
    layers = {
        name
        for name in core.nn.__all__
        if isinstance(found := getattr(core.nn, name), type) and issubclass(found, Module)
    }
    assert {case.layer for case in CASES} == layers - {"Module"}


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("behind", [False, True], ids=["alone", "behind another"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_gradients(case: LayerCase, behind: bool, engine: Engine) -> None:
    layer = case.make()
    assert type(layer).__name__ == case.layer
    with use_engine(engine):
        gradcheck_module(_Behind(layer) if behind else layer, *case.inputs(), tolerance=2e-6)


class _Chance(Module):
    """Multiplies by random numbers and by a weight whose gradient is wrong by `error`."""

    def __init__(self, error: float = 0.0) -> None:
        self.inner = Linear(3, 2, rng=rng())
        self.rng = rng()
        self.error = error

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:  # type: ignore[override]
        y = self.inner(x) * self.rng.standard_normal(2)
        weight = self.inner.weight
        wrong = (weight.detach() - weight) * self.error
        return y, (F.tanh(y), F.matmul(x, F.permute(wrong)))


def test_chance_is_repeated_and_nested_results_count() -> None:
    assert gradcheck_module(_Chance(), np.ones((4, 3))) < 1e-6


def test_a_wrong_parameter_is_named_by_its_path() -> None:
    with pytest.raises(LabError, match=r"gradient of inner\.weight is wrong by"):
        gradcheck_module(_Chance(error=0.01), rng().standard_normal((4, 3)))


def test_the_module_is_left_as_it_was() -> None:
    net = Sequential(Linear(3, 2, rng=rng()))
    before = net.modules[0].weight  # type: ignore[attr-defined]
    gradcheck_module(net, np.ones((1, 3)))
    assert net.modules[0].weight is before  # type: ignore[attr-defined]
    assert before.grad is None
    assert before.dtype == np.float32


def test_a_large_input_is_checked_by_directions() -> None:
    """One wrong number among 90,000 in a random sample of none, but along a whole direction."""
    x = np.linspace(-1, 1, 90_000)
    assert gradcheck(F.sin, x, elements=5) < 1e-6

    def half_wrong(a: Tensor) -> Tensor:
        slip = np.where(np.arange(a.size) % 2 == 0, 0.0, 1.0)
        return F.sin(a) + (a - a.detach()) * slip * 1e-3

    with pytest.raises(LabError, match="along a random direction"):
        gradcheck(half_wrong, x, elements=0)
