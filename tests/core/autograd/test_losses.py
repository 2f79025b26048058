"""What the losses share, whatever they measure."""

from collections.abc import Callable

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ArgumentError
from core.kernels.engine import Engine, use_engine

OF_LABELS: list[Callable[..., Tensor]] = [F.cross_entropy, F.nll_loss, F.multi_margin_loss]
OF_TARGETS: list[Callable[..., Tensor]] = [
    F.mse_loss,
    F.squared_error,
    F.l1_loss,
    F.huber_loss,
    F.hinge_loss,
    F.smooth_l1_loss,
    F.binary_cross_entropy,
    F.binary_cross_entropy_with_logits,
    F.kl_div,
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


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_of_ignored_targets_alone_it_is_zero(loss: Callable[..., Tensor], engine: Engine) -> None:
    scores = Tensor(np.full((2, 3), np.nan, np.float32), requires_grad=True)
    with use_engine(engine):
        value = loss(scores, np.array([-100, -100]))
        value.backward()
    assert value.item() == 0
    assert scores.grad is not None and not scores.grad.any()


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "uint16", "int32", "int64", "uint64"])
@pytest.mark.parametrize("loss", OF_LABELS)
def test_labels_are_integers_of_any_size(loss: Callable[..., Tensor], kind: str) -> None:
    """Of many classes too: each place of a batch with 300 classes."""
    most = min(np.iinfo(kind).max, 299)
    labels = np.array([[0, most], [17, 1]])
    scores = np.random.default_rng(0).standard_normal((2, 300, 2))
    assert loss(scores, labels.astype(kind)).item() == loss(scores, labels).item()


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
def test_a_byte_may_say_that_a_target_does_not_count(loss: Callable[..., Tensor]) -> None:
    """255 in masks of pictures, which no byte could say with −100; and a class of the scores."""
    scores = np.random.default_rng(0).standard_normal((4, 3))
    labels = np.array([2, 255, 0, 255], np.uint8)
    expected = loss(scores[[0, 2]], np.array([2, 0])).item()
    assert loss(scores, labels, ignore_index=255).item() == pytest.approx(expected, rel=1e-12)
    expected = loss(scores[:1], np.array([2])).item()
    found = loss(scores[[0, 2]], labels[[0, 2]], ignore_index=0).item()
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_weight_takes_no_gradient_and_says_so() -> None:
    weight = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(ArgumentError, match=r"weight is a constant.*\.detach\(\)"):
        F.cross_entropy(np.ones((2, 3)), np.array([0, 1]), weight)
    scores = Tensor(np.ones((2, 3)))
    one, other = (
        F.cross_entropy(scores, np.array([0, 1]), w) for w in (weight.detach(), [1, 1, 1])
    )
    assert one.item() == other.item()
