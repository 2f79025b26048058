import numpy as np

from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, Function

_ATTEND = "scaled_dot_product_attention"
_SEES = np.array([[True, False, True], [False, True, True]])


def _attend(**options: object) -> Function:
    return lambda *tensors: F.scaled_dot_product_attention(*tensors, **options)


CASES = [
    Case(_ATTEND, _attend(), ((2, 3, 4), (2, 5, 4), (2, 5, 3))),
    Case(_ATTEND, _attend(), ((1, 1), (1, 1), (1, 1))),
    Case(_ATTEND, _attend(is_causal=True), ((1, 2, 4, 3), (1, 2, 4, 3), (1, 2, 4, 3))),
    Case(_ATTEND, _attend(is_causal=True, scale=0.7), ((2, 3), (5, 3), (5, 2))),
    Case(_ATTEND, _attend(attn_mask=_SEES), ((2, 2, 4), (2, 3, 4), (2, 3, 3))),
    Case(_ATTEND, F.scaled_dot_product_attention, ((2, 2, 4), (2, 3, 4), (2, 3, 3), (2, 3))),
    Case(_ATTEND, _attend(), ((3, 1, 2, 4), (2, 3, 4), (3, 4))),
    Case(_ATTEND, _attend(dropout_p=0.25, keep=_SEES), ((2, 2, 4), (2, 3, 4), (2, 3, 3))),
    Case(
        _ATTEND,
        lambda *tensors: F.scaled_dot_product_attention(*tensors, 0.5, keep=_SEES[None]),
        ((2, 2, 4), (2, 3, 4), (2, 3, 3), (2, 3)),
    ),
    Case("self_attention", lambda x: F.self_attention(x, 2), ((2, 3, 12),)),
    Case("self_attention", lambda x: F.self_attention(x, 1, is_causal=True), ((1, 4, 6),)),
    Case("self_attention", lambda x: F.self_attention(x, 2, True, 0.6), ((2, 1, 6),)),
]
