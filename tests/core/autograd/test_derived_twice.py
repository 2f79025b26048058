"""Which operations must be derivable twice: all that are not fused."""

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.higher_order import grad
from tests.core.autograd.op_cases import elementwise, indexing, losses, reductions, shape
from tests.core.autograd.op_cases.case import Case

FAMILIES = (elementwise, indexing, losses, reductions, shape)
CASES = [case for family in FAMILIES for case in family.CASES if case.op != "gelu"]


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


def test_gelu_by_tanh_is_not_fused() -> None:
    x = Tensor(np.array([-1.0, 0.3]), requires_grad=True)
    (first,) = grad(F.sum(F.gelu(x, "tanh")), [x], create_graph=True)
    (second,) = grad(F.sum(first), [x])
    # GELU″(x) = (2 − x²)·φ(x) for the exact form, which the tanh follows closely.
    bell = np.exp(-(x.data**2) / 2) / np.sqrt(2 * np.pi)
    np.testing.assert_allclose(second.numpy(), (2 - x.data**2) * bell, atol=3e-3)
