"""Losses and softmax beside PyTorch's."""

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

nn = torch.nn.functional
Loss = Callable[..., Any]
SCORES = [(7, 5), (1, 1), (64, 33), (3, 2)]

OF_LABELS: dict[str, tuple[Loss, Loss]] = {
    "cross_entropy": (F.cross_entropy, nn.cross_entropy),
    "cross_entropy, smoothed": (
        lambda a, t: F.cross_entropy(a, t, label_smoothing=0.1),
        lambda a, t: nn.cross_entropy(a, t, label_smoothing=0.1),
    ),
    "cross_entropy, flat": (
        lambda a, t: F.cross_entropy(a, t, label_smoothing=1.0),
        lambda a, t: nn.cross_entropy(a, t, label_smoothing=1.0),
    ),
    "nll_loss": (F.nll_loss, nn.nll_loss),
    "multi_margin_loss": (F.multi_margin_loss, nn.multi_margin_loss),
    "multi_margin_loss, squared": (
        lambda a, t: F.multi_margin_loss(a, t, 2, 0.7),
        lambda a, t: nn.multi_margin_loss(a, t, 2, 0.7),
    ),
}
OF_TARGETS: dict[str, tuple[Loss, Loss]] = {
    "mse_loss": (F.mse_loss, nn.mse_loss),
    "squared_error": (F.squared_error, lambda a, t: nn.mse_loss(a, t, reduction="sum")),
    "l1_loss": (F.l1_loss, nn.l1_loss),
    "huber_loss": (F.huber_loss, nn.huber_loss),
    "huber_loss, narrow": (
        lambda a, t: F.huber_loss(a, t, delta=0.3),
        lambda a, t: nn.huber_loss(a, t, delta=0.3),
    ),
    "binary_cross_entropy_with_logits": (
        F.binary_cross_entropy_with_logits,
        nn.binary_cross_entropy_with_logits,
    ),
}


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SCORES, ids=str)
@pytest.mark.parametrize("name", OF_LABELS)
def test_of_labels(name: str, shape: tuple[int, int], dtype: type, engine: Engine) -> None:
    ours, theirs = OF_LABELS[name]
    labels = np.random.default_rng(0).integers(0, shape[1], shape[0])
    with use_engine(engine):
        same(
            lambda a: ours(a, labels),
            lambda a: theirs(a, torch.tensor(labels)),
            *uniform([shape], dtype),
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(7, 5), (1,), (), (3, 1, 33)], ids=str)
@pytest.mark.parametrize("name", OF_TARGETS)
def test_of_targets(name: str, shape: tuple[int, ...], dtype: type) -> None:
    same(*OF_TARGETS[name], *uniform([shape, shape], dtype))


@pytest.mark.parametrize("name", OF_TARGETS)
def test_at_and_beside_the_kinks(name: str) -> None:
    a = np.array([0, -0.0, 1, -1, 0.3, 2, 40, -200])
    same(*OF_TARGETS[name], a, np.zeros_like(a), rtol=1e-5)


def test_one_target_for_many() -> None:
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        ours, theirs = OF_TARGETS[name]
        same(
            ours,
            lambda a, t, theirs=theirs: theirs(a, t.expand(4, 3)),
            *uniform([(4, 3), (3,)], np.float64),
        )


def test_multi_class_hinge_at_its_kink() -> None:
    scores = np.array([[1.0, 2.0, 2.0], [0.0, 0.0, -1.0]])
    labels = np.array([1, 2])
    ours, theirs = OF_LABELS["multi_margin_loss"]
    same(lambda a: ours(a, labels), lambda a: theirs(a, torch.tensor(labels)), scores)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("margin", [1.0, 0.4])
def test_hinge(margin: float, dtype: type) -> None:
    sides = np.where(np.arange(9) % 2, 1.0, -1.0).astype(dtype)
    same(
        lambda a: F.hinge_loss(a, sides) if margin == 1 else F.hinge_loss(a, sides, margin),
        lambda a: torch.relu(margin - a * torch.tensor(sides)).mean(),
        *uniform([(9,)], dtype),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(7, 5), (1, 1), (3, 4, 33), (0, 3), (3, 0)], ids=str)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name: str, shape: tuple[int, ...], axis: int, dtype: type) -> None:
    same(
        lambda a: getattr(F, name)(a, dim=axis),
        lambda a: getattr(nn, name)(a, dim=axis),
        *uniform([shape], dtype),
    )


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_huge_scores_and_of_forbidden_ones(name: str) -> None:
    scores = np.array([[-1e4, 0.0, 1e4], [-np.inf, 1.0, 2.0]])
    same(getattr(F, name), lambda a: getattr(nn, name)(a, dim=-1), scores[:1])
    ours, theirs = getattr(F, name)(scores).numpy(), getattr(nn, name)(torch.tensor(scores), -1)
    np.testing.assert_allclose(ours, theirs.numpy())
