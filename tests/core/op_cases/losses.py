import numpy as np

from core.autograd import functional as F
from tests.core.op_cases.case import Case

_LABELS = np.array([2, 0, 2, 1, 2])
_SIDES = np.array([1.0, -1.0, 1.0, -1.0, -1.0])

CASES = [
    Case("log_softmax", F.log_softmax, ((3, 5),)),
    Case("log_softmax", F.log_softmax, ((2, 1, 3),)),
    Case("log_softmax", F.log_softmax, ((4, 1),)),
    Case("softmax", F.softmax, ((3, 5),)),
    Case("softmax", F.softmax, ((4, 1),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, _LABELS), ((5, 3),)),
    Case("cross_entropy", lambda a: F.cross_entropy(a, np.array([0])), ((1, 1),)),
    Case("nll_loss", lambda a: F.nll_loss(a, _LABELS), ((5, 3),)),
    Case("nll_loss", lambda a: F.nll_loss(a, np.array([0])), ((1, 1),)),
    Case("mse_loss", F.mse_loss, ((5, 3), (5, 3))),
    Case("mse_loss", F.mse_loss, ((5, 3), (3,))),
    Case("squared_error", F.squared_error, ((5, 3), (5, 3))),
    Case("squared_error", F.squared_error, ((1,), (4, 1))),
    Case("margin_loss", lambda a: F.margin_loss(a, _SIDES, 0.7), ((5,),)),
    Case("margin_loss", lambda a: F.margin_loss(a, _SIDES[:1], 3.0), ((1,),)),
]  # fmt: skip
