"""With create_graph the first derivatives are the same numbers as without."""

import numpy as np
import pytest

from core import nn
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad
from core.errors import LabError
from core.kernels.engine import Engine, use_engine
from tests.core.autograd.op_cases import CASES, Case
from tests.core.nn.layer_cases import CASES as LAYERS
from tests.core.nn.layer_cases import LayerCase

ENGINES = pytest.mark.parametrize("engine", ["reference", "fast"])
TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
_NO_SECOND = "computed in one fused piece and knows no second derivative"


def _name(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


def _both(loss: Tensor, leaves: list[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Gradients without and with a graph; none where that is refused, in the words for it."""
    plain = grad(loss, leaves)
    try:
        return list(zip(plain, grad(loss, leaves, create_graph=True), strict=True))
    except LabError as error:
        assert _NO_SECOND in str(error)
        return []


@ENGINES
@TYPES
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_of_every_operation(case: Case, dtype: type, engine: Engine) -> None:
    with use_engine(engine):
        inputs = [Tensor(x.astype(dtype), requires_grad=True) for x in case.inputs()]
        y = case.function(*inputs)
        loss = F.sum(y * np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype))
        found = _both(loss, inputs)
    close = 1e-4 if dtype == np.float32 else 1e-10
    for first, second in found:
        np.testing.assert_allclose(first.data, second.data, close, close)
        assert first.dtype == second.dtype == dtype


@ENGINES
@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2), (4, 3, 2, 2)], ids=str)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("tracks", [True, False])
def test_through_batch_normalisation(
    shape: tuple[int, ...], training: bool, tracks: bool, engine: Engine
) -> None:
    layer = (nn.BatchNorm2d if len(shape) == 4 else nn.BatchNorm1d)(3, track_running_stats=tracks)
    layer.train(training)
    rng = np.random.default_rng(0)
    with use_engine(engine):
        x = Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
        loss = F.sum(layer(x) * rng.standard_normal(shape).astype(np.float32))
        statistics = {name: array.copy() for name, array in layer.state_dict().items()}
        leaves = [x, *layer.parameters()]
        plain, with_graph = grad(loss, leaves), grad(loss, leaves, create_graph=True)
    for first, second in zip(plain, with_graph, strict=True):
        np.testing.assert_allclose(first.data, second.data, 1e-3, 1e-4)
    assert all(np.array_equal(statistics[n], array) for n, array in layer.state_dict().items())


@ENGINES
@pytest.mark.parametrize("case", LAYERS, ids=str)
def test_of_every_layer(case: LayerCase, engine: Engine) -> None:
    layer = case.make()
    with use_engine(engine):
        inputs = [
            x if case.classes else Tensor(x.astype(np.float32), requires_grad=True)
            for x in case.inputs()
        ]
        results = layer(*inputs)
        y = results if isinstance(results, Tensor) else results[0]
        loss = F.sum(y * np.cos(np.arange(y.size)).reshape(y.shape).astype(np.float32))
        leaves = [x for x in inputs if isinstance(x, Tensor)] + list(layer.parameters())
        found = _both(loss, leaves)
    for first, second in found:
        np.testing.assert_allclose(first.data, second.data, 1e-3, 1e-4)
