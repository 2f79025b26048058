import numpy as np

from core.autograd import Tensor
from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, Function

_KEEP = np.random.default_rng(1).random((3, 5)) > 0.4


def _batch(training: bool, channels: int | None = 3) -> Function:
    def normalised(x: Tensor, *affine: Tensor) -> Tensor:
        mean = np.linspace(-1, 1, channels) if channels else None
        var = np.linspace(0.5, 2, channels) if channels else None
        return F.batch_norm(x, mean, var, *affine, training=training)

    return normalised


CASES = [
    Case("layer_norm", lambda x, w, b: F.layer_norm(x, (5,), w, b), ((3, 5), (5,), (5,))),
    Case("layer_norm", lambda x: F.layer_norm(x, (3, 5)), ((2, 3, 5),)),
    Case("layer_norm", lambda x, w: F.layer_norm(x, (2, 3), w), ((4, 2, 3), (2, 3))),
    Case("layer_norm", lambda x, w, b: F.layer_norm(x, (4,), w, b), ((0, 4), (4,), (4,))),
    Case("rms_norm", lambda x, w: F.rms_norm(x, (5,), w), ((3, 5), (5,))),
    Case("rms_norm", lambda x: F.rms_norm(x, (3, 5), eps=0.1), ((2, 3, 5),)),
    Case("rms_norm", lambda x, w: F.rms_norm(x, (2, 3), w), ((4, 2, 3), (2, 3))),
    Case("rms_norm", lambda x, w: F.rms_norm(x, (4,), w), ((0, 4), (4,))),
    Case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), ((3, 4, 2, 3), (4,), (4,))),
    Case("group_norm", lambda x, w: F.group_norm(x, 1, w), ((3, 4), (4,))),
    Case("group_norm", lambda x: F.group_norm(x, 3), ((2, 3, 5),)),
    Case("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b), ((0, 4, 2), (4,), (4,))),
    Case("batch_norm", _batch(True), ((6, 3), (3,), (3,))),
    Case("batch_norm", _batch(True), ((2, 3, 2, 3), (3,), (3,))),
    Case("batch_norm", _batch(True, 1), ((5, 1),)),
    Case("batch_norm", _batch(False), ((4, 3, 2), (3,), (3,))),
    Case("batch_norm", _batch(False, 2), ((1, 2), (2,))),
    Case("batch_norm", _batch(False, None), ((4, 3), (3,), (3,))),
    Case("batch_norm", _batch(False), ((0, 3), (3,), (3,))),
    Case("dropout", lambda x: F.dropout(x, _KEEP, 0.4), ((3, 5),)),
    Case("dropout", lambda x: F.dropout(x, _KEEP, 1.0), ((3, 5),)),
]
