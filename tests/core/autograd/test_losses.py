"""What the losses share, whatever they measure."""

from collections.abc import Callable

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine

OF_LABELS: list[Callable[..., Tensor]] = [F.cross_entropy, F.nll_loss, F.multi_margin_loss]
OF_TARGETS: list[Callable[..., Tensor]] = [
    F.mse_loss,
    F.squared_error,
    F.l1_loss,
    F.huber_loss,
    F.hinge_loss,
    F.binary_cross_entropy_with_logits,
]


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("loss", OF_LABELS + OF_TARGETS)
def test_of_nothing_it_is_zero(loss: Callable[..., Tensor], engine: Engine) -> None:
    """Where torch says NaN, which would spoil a whole training."""
    scores = Tensor(np.ones((0, 3), np.float32), requires_grad=True)
    target = np.zeros(0, int) if loss in OF_LABELS else np.zeros((0, 3), np.float32)
    with use_engine(engine):
        value = loss(scores, target)
        value.backward()
    assert value.item() == 0
    assert scores.grad is not None and scores.grad.shape == (0, 3)


@pytest.mark.parametrize("loss", OF_TARGETS)
def test_float32_stays_float32(loss: Callable[..., Tensor]) -> None:
    scores = Tensor(np.ones(3, np.float32), requires_grad=True)
    value = loss(scores, np.array([1, 0, 1]))
    value.backward()
    assert value.dtype == np.float32
    assert scores.grad is not None and scores.grad.dtype == np.float32


@pytest.mark.parametrize("loss", OF_LABELS)
def test_labels_may_be_a_list(loss: Callable[..., Tensor]) -> None:
    scores = np.random.default_rng(0).standard_normal((3, 4))
    assert loss(scores, [3, 0, 1]).item() == loss(scores, np.array([3, 0, 1])).item()


def test_a_little_smoothing_changes_little() -> None:
    """The fused way for a share of nothing and the written-out way agree."""
    scores = Tensor(np.random.default_rng(0).standard_normal((5, 4)), requires_grad=True)
    labels = np.array([0, 3, 1, 1, 2])
    slopes = []
    for share in (0.0, 1e-12):
        F.cross_entropy(scores, labels, label_smoothing=share).backward()
        slopes.append(scores.grad)
        scores.grad = None
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-10)


def test_out_there_nothing_overflows() -> None:
    far = Tensor(np.array([-1e4, 1e4], np.float32), requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        loss = F.binary_cross_entropy_with_logits(far, np.array([1.0, 0.0], np.float32))
        loss.backward()
    assert loss.item() == 1e4
    assert far.grad is not None
    assert far.grad.tolist() == [-0.5, 0.5]
