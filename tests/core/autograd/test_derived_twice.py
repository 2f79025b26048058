"""Which operations must be derivable twice: whole families."""

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad
from core.autograd.ops.elementwise import GeluForm
from core.kernels.engine import Engine, use_engine
from tests.core.autograd.op_cases import (
    conv_pool,
    convolution,
    elementwise,
    indexing,
    losses,
    reductions,
    sequence_windows,
    shape,
)
from tests.core.autograd.op_cases.case import Case

FAMILIES = (
    conv_pool, convolution, elementwise, indexing, losses, reductions, sequence_windows, shape,
)  # fmt: skip
CASES = [case for family in FAMILIES for case in family.CASES]


def _name(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_none_refuses(case: Case) -> None:
    """That the numbers are right is tested with the other second derivatives."""
    inputs = [Tensor(x, requires_grad=True) for x in case.inputs()]
    first = grad(F.sum(F.sin(case.function(*inputs))), inputs, create_graph=True)
    total = F.sum(F.cat([F.reshape(slope * slope, (-1,)) for slope in first]))
    for slope, x in zip(grad(total, inputs), inputs, strict=True):
        assert slope.shape == x.shape
        assert np.isfinite(slope.numpy()).all()


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize(("dtype", "close"), [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu(approximate: GeluForm, dtype: type, close: float, engine: Engine) -> None:
    """GELU″(x) = (2 − x²)·φ(x), which the tanh follows closely; and its own slope after it."""
    x = Tensor(np.linspace(-6, 6, 49).astype(dtype), requires_grad=True)
    with use_engine(engine):
        (first,) = grad(F.sum(F.gelu(x, approximate)), [x], create_graph=True)
        (second,) = grad(F.sum(first), [x], create_graph=True)
        (third,) = grad(F.sum(second), [x])
    bell = np.exp(-(x.data**2) / 2) / np.sqrt(2 * np.pi)
    close = 8e-3 if approximate == "tanh" else close
    assert second.dtype == third.dtype == dtype
    np.testing.assert_allclose(second.numpy(), (2 - x.data**2) * bell, atol=close)
    if approximate == "none":
        np.testing.assert_allclose(third.numpy(), (x.data**3 - 4 * x.data) * bell, atol=4 * close)
