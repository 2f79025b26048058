import numpy as np

from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case

_BINARY = "binary_cross_entropy_with_logits"
_LABELS = np.array([2, 0, 2, 1, 2])
_TARGET = np.random.default_rng(1).uniform(0, 1, (3, 4))
_SIDES = np.array([1.0, -1.0, 1.0, -1.0, -1.0])

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
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS, 0.1), ((5, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS, label_smoothing=1.0), ((5, 4),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS[:0]), ((0, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, [[0, 2], [1, 1]]), ((2, 2, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, [[0, 2], [1, 1]], 0.1), ((2, 2, 3),)),
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
]  # fmt: skip
