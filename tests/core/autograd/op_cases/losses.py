from typing import Any

import numpy as np

from core.autograd import OPS, Tensor
from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case

_BINARY = "binary_cross_entropy_with_logits"
_LABELS = np.array([2, 0, 2, 1, 2])
_TARGET = np.random.default_rng(1).uniform(0, 1, (3, 4))
_SIDES = np.array([1.0, -1.0, 1.0, -1.0, -1.0])

_SEQUENCES = np.array([[0, 2], [-100, 1], [2, 1]])
_WEIGHT = np.array([0.5, 2.0, 1.25])


def _of_labels(op: str) -> list[Case]:
    """Scores of every place, one sample, weights, each reduction."""
    apply, inside = OPS[op].apply, np.abs(_SEQUENCES) % 3
    kept = _SEQUENCES if op != "multi_margin_loss" else inside
    return [
        Case(op, lambda a: apply(a, kept), ((3, 3, 2),)),
        Case(op, lambda a: apply(a, kept[..., None], weight=_WEIGHT), ((3, 3, 2, 1),)),
        Case(op, lambda a: apply(a, kept, reduction="sum"), ((3, 3, 2),)),
        Case(op, lambda a: apply(a, kept, weight=_WEIGHT, reduction="none"), ((3, 3, 2),)),
        Case(op, lambda a: apply(a, np.array(1), weight=_WEIGHT, reduction="sum"), ((3,),)),
    ]


def _smoothed(a: Tensor, **options: Any) -> Tensor:
    return F.cross_entropy(a, _SEQUENCES, label_smoothing=0.2, **options)


def _of_probabilities(a: Tensor, t: Tensor, *options: Any, **named: Any) -> Tensor:
    return F.binary_cross_entropy(F.sigmoid(a), F.sigmoid(t), *options, **named)


def _of_targets(op: str, shape: tuple[int, ...] = (3, 4)) -> list[Case]:
    """Every reduction."""
    apply = OPS[op].apply
    return [
        Case(op, lambda a, t, how=how: apply(a, t, reduction=how), (shape, shape), 0.1, 0.9)
        for how in ("mean", "sum", "none")
    ]


_EACH_WEIGHT = np.array([[0.5, 2.0, 1.0, 0.0]] * 3)

CASES = [
    Case("log_softmax", F.log_softmax, ((3, 5),)),
    Case("log_softmax", F.log_softmax, ((2, 1, 3),)),
    Case("log_softmax", F.log_softmax, ((4, 1),)),
    Case("log_softmax", lambda a: F.log_softmax(a, dim=1), ((2, 3, 2),)),
    Case("softmax", F.softmax, ((3, 5),)),
    Case("softmax", lambda a: F.softmax(a, dim=0), ((3, 2),)),
    Case("softmax", F.softmax, ((3, 0),)),
    Case("softmax", F.softmax, ((4, 1),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS), ((5, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, np.array([0])), ((1, 1),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS, label_smoothing=0.1), ((5, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS, label_smoothing=1.0), ((5, 4),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS[:0]), ((0, 3),)),
    *_of_labels("cross_entropy"), *_of_labels("nll_loss"), *_of_labels("multi_margin_loss"),
    Case("cross_entropy", _smoothed, ((3, 3, 2),)),
    Case("cross_entropy", lambda a: _smoothed(a, weight=_WEIGHT), ((3, 3, 2),)),
    Case("cross_entropy", lambda a: _smoothed(a, reduction="none"), ((3, 3, 2),)),
    Case("nll_loss", lambda a: F.nll_loss(a, np.abs(_SEQUENCES), _WEIGHT, 100), ((3, 3, 2),)),
    Case("nll_loss", lambda a: F.nll_loss(a, _LABELS), ((5, 3),)),
    Case("nll_loss", lambda a: F.nll_loss(a, np.array([0])), ((1, 1),)),
    Case("mse_loss", F.mse_loss, ((5, 3), (5, 3))),
    Case("mse_loss", F.mse_loss, ((5, 3), (3,))),
    Case("mse_loss", F.mse_loss, ((0, 3), (0, 3))),
    Case("l1_loss", F.l1_loss, ((5, 3), (5, 3))),
    Case("l1_loss", F.l1_loss, ((5, 3), (3,))),
    Case("l1_loss", F.l1_loss, ((0,), (0,))),
    Case("huber_loss", F.huber_loss, ((5, 3), (5, 3))),
    Case("huber_loss", lambda a, t: F.huber_loss(a, t, delta=0.4), ((5, 3), (1,))),
    Case("squared_error", F.squared_error, ((5, 3), (5, 3))),
    Case("squared_error", F.squared_error, ((1,), (4, 1))),
    Case("hinge_loss", lambda a: F.hinge_loss(a, _SIDES, 0.7), ((5,),)),
    Case("hinge_loss", lambda a: F.hinge_loss(a, _SIDES[:1], 3.0), ((1,),)),
    Case("multi_margin_loss", lambda a: F.multi_margin_loss(a, _LABELS), ((5, 3),)),
    Case("multi_margin_loss", lambda a: F.multi_margin_loss(a, _LABELS, 2, 0.6), ((5, 4),)),
    Case("multi_margin_loss", lambda a: F.multi_margin_loss(a, _LABELS[:1] * 0), ((1, 1),)),
    Case(_BINARY, lambda a: F.binary_cross_entropy_with_logits(a, _TARGET), ((3, 4),)),
    Case(_BINARY, F.binary_cross_entropy_with_logits, ((5,), (5,))),
    Case(_BINARY, F.binary_cross_entropy_with_logits, ((), ())),
    Case(_BINARY, lambda a, t: F.binary_cross_entropy_with_logits(
        a, t, np.array([[0.5], [1.0], [2.0]]), "none", np.array([0.5, 1.0, 3.0, 2.0])),
        ((3, 4), (3, 4))),
    *_of_targets(_BINARY), *_of_targets("mse_loss"),
    *_of_targets("l1_loss"), *_of_targets("huber_loss"), *_of_targets("smooth_l1_loss"),
    *_of_targets("squared_error"), *_of_targets("kl_div"),
    Case("binary_cross_entropy", _of_probabilities, ((3, 4), (3, 4))),
    Case("binary_cross_entropy", lambda a, t: _of_probabilities(a, t, reduction="none"),
         ((3, 4), (3, 4))),
    Case("binary_cross_entropy", lambda a, t: _of_probabilities(a, t, _EACH_WEIGHT, "sum"),
         ((3, 4), (3, 4))),
    Case("mse_loss", lambda a, t: F.mse_loss(a, t, weight=_EACH_WEIGHT), ((3, 4), (3, 4))),
    Case("l1_loss", lambda a, t: F.l1_loss(a, t, "sum", _EACH_WEIGHT), ((3, 4), (3, 4))),
    Case("huber_loss", lambda a, t: F.huber_loss(a, t, "none", 0.7, _EACH_WEIGHT),
         ((3, 4), (3, 4))),
    Case("smooth_l1_loss", lambda a, t: F.smooth_l1_loss(a, t, beta=0.4), ((3, 4), (3, 4))),
    Case("smooth_l1_loss", lambda a, t: F.smooth_l1_loss(a, t, beta=0.0), ((3, 4), (4,))),
    Case("hinge_loss", lambda a: F.hinge_loss(a, _SIDES, reduction="none"), ((5,),)),
    Case("kl_div", lambda a, t: F.kl_div(a, t, "batchmean", log_target=True), ((3, 4), (3, 4))),
]  # fmt: skip
