"""Every operation's derivative, against difference quotients in float64 and a random upstream."""

import numpy as np
import pytest

from core.autograd import OPS, Tensor
from core.autograd import functional as F
from core.autograd.gradcheck import gradcheck
from core.errors import LabError
from core.kernels.engine import Engine, use_engine
from tests.core.autograd.op_cases import CASES, Case
from tests.core.autograd.op_cases.case import Function


def _name(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


def test_every_operation_is_checked() -> None:
    assert {case.op for case in CASES} == set(OPS)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_gradient(case: Case, engine: Engine) -> None:
    with use_engine(engine):
        gradcheck(case.function, *case.inputs())


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("case", CASES, ids=_name)
def test_gradient_behind_another_layer(case: Case, engine: Engine) -> None:
    """A wrong gradient for the input goes unnoticed where nothing stands before it."""

    def behind(*tensors: Tensor) -> Tensor:
        return F.sin(case.function(*(F.square(t) + t * 0.5 for t in tensors)))

    with use_engine(engine):
        gradcheck(behind, *(np.abs(x) + 0.1 for x in case.inputs()), tolerance=2e-6)


def test_a_wrong_rule_is_caught_and_placed() -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(LabError, match=r"input 0 is wrong .* at \(1,\) the tape says"):
        gradcheck(lambda a: F.square(a) + (a * a * a).detach() * np.array([0.0, 1.0]), x)


def test_a_missing_gradient_is_caught() -> None:
    with pytest.raises(LabError, match="input 1"):
        gradcheck(lambda a, b: a * b.detach(), np.ones(2), np.ones(2))


def _slopes(function: Function, *values: float) -> list[float]:
    x = Tensor(np.array(values), requires_grad=True)
    function(x).backward(np.ones(len(values)))
    assert x.grad is not None
    return x.grad.tolist()


def test_slopes_at_the_kinks_are_torchs() -> None:
    assert _slopes(F.relu, -1, 0.0, -0.0, 1) == [0, 0, 0, 1]
    assert _slopes(F.abs, -3, 0, 2) == [-1, 0, 1]
    assert _slopes(lambda x: F.maximum(x, 0.0), -1, 0, 1) == [0, 0.5, 1]
    assert _slopes(lambda x: F.minimum(x, 0.0), -1, 0, 1) == [1, 0.5, 0]
    assert _slopes(lambda x: F.max(F.reshape(x, (1, -1)), dim=1) * np.ones(1), 3) == [1]
    x = Tensor(np.array([1.0, 3.0, 3.0]), requires_grad=True)
    F.max(x, dim=0).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_far_out(dtype: type) -> None:
    far = Tensor(np.array([[-1e4, 0.0, 1e4]], dtype), requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        assert F.sigmoid(far).numpy().tolist() == [[0, 0.5, 1]]
        assert F.softmax(far).numpy().tolist() == [[0, 0, 1]]
        assert F.log_softmax(far).numpy().tolist() == [[-2e4, -1e4, 0]]
        assert F.gelu(far).numpy().tolist() == [[0, 0, 1e4]]
        loss = F.cross_entropy(far, np.array([0]))
        loss.backward()
    assert loss.item() == 2e4
    assert far.grad is not None
    assert far.grad.tolist() == [[-1, 0, 1]]


def test_softmax_does_not_mind_a_common_shift() -> None:
    scores = np.random.default_rng(0).standard_normal((3, 4))
    np.testing.assert_allclose(F.softmax(Tensor(scores + 700)).numpy(),
                               F.softmax(Tensor(scores)).numpy(), rtol=1e-10)  # fmt: skip
