from typing import Any

from core.autograd import functional as F
from core.autograd.ops.sequence_windows import Single
from tests.core.autograd.op_cases.case import Case, Function


def _conv(**options: Any) -> Function:
    return lambda x, w, *b: F.conv1d(x, w, *b, **options)


def _back(**options: Any) -> Function:
    return lambda x, w, *b: F.conv_transpose1d(x, w, *b, **options)


def _pool(kernel: Single, **options: Any) -> Function:
    return lambda x: F.max_pool1d(x, kernel, **options)


def _mean(kernel: Single, **options: Any) -> Function:
    return lambda x: F.avg_pool1d(x, kernel, **options)


CASES = [
    Case("conv1d", _conv(), ((2, 3, 7), (4, 3, 3), (4,))),
    Case("conv1d", _conv(), ((1, 1, 1), (1, 1, 1))),
    Case("conv1d", _conv(stride=2, padding=1, dilation=2), ((1, 2, 8), (3, 2, 3), (3,))),
    Case("conv1d", _conv(groups=2, padding="same"), ((2, 4, 5), (6, 2, 4), (6,))),
    Case("conv1d", _conv(groups=3, padding="full", stride=(2,)), ((1, 3, 4), (3, 1, 2))),
    Case("conv1d", _conv(padding="valid"), ((0, 2, 4), (2, 2, 3), (2,))),
    Case("conv_transpose1d", _back(), ((2, 3, 4), (3, 2, 3), (2,))),
    Case("conv_transpose1d", _back(stride=3, padding=1, output_padding=2, groups=2, dilation=2),
         ((1, 4, 3), (4, 2, 3), (4,))),
    Case("conv_transpose1d", _back(), ((0, 1, 2), (1, 1, 2), (1,))),
    Case("max_pool1d", _pool(2), ((2, 3, 7),)),
    Case("max_pool1d", _pool(3, stride=1, padding=1, dilation=2), ((1, 2, 8),)),
    Case("max_pool1d", _pool(2, ceil_mode=True), ((1, 1, 5),)),
    Case("avg_pool1d", _mean(2), ((2, 3, 7),)),
    Case("avg_pool1d", _mean((3,), stride=2, padding=1, ceil_mode=True, count_include_pad=False),
         ((1, 2, 6),)),
    Case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 3), ((2, 2, 7),)),
    Case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, (1,)), ((1, 3, 4),)),
]  # fmt: skip
