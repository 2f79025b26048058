from typing import Any

from core.autograd import functional as F
from core.autograd.ops.convolution import Padding, Size
from tests.core.autograd.op_cases.case import Case, Function


def _conv(stride: Size = 1, padding: Padding = 0, dilation: Size = 1, groups: int = 1) -> Function:
    return lambda x, w, *b: F.conv2d(
        x, w, *b, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def _back(
    stride: Size = 1, padding: Size = 0, more: Size = 0, groups: int = 1, dilation: Size = 1
) -> Function:
    return lambda x, w, *b: F.conv_transpose2d(
        x, w, *b, stride=stride, padding=padding, output_padding=more, groups=groups,
        dilation=dilation,
    )  # fmt: skip


def _pool(
    kernel: Size, stride: Size | None = None, ceil_mode: bool = False, padding: Size = 0,
    dilation: Size = 1,
) -> Function:  # fmt: skip
    return lambda x: F.max_pool2d(
        x, kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def _mean(
    kernel: Size, stride: Size | None = None, ceil_mode: bool = False, padding: Size = 0,
    include: bool = True, divisor: int | None = None,
) -> Function:  # fmt: skip
    return lambda x: F.avg_pool2d(
        x, kernel, stride=stride, padding=padding, ceil_mode=ceil_mode, count_include_pad=include,
        divisor_override=divisor,
    )  # fmt: skip


def _adaptive(size: Any) -> Function:
    return lambda x: F.adaptive_avg_pool2d(x, size)


CASES = [
    Case("conv2d", _conv(), ((2, 3, 5, 7), (4, 3, 3, 3), (4,))),
    Case("conv2d", _conv(), ((1, 1, 1, 1), (1, 1, 1, 1), (1,))),
    Case("conv2d", _conv(), ((1, 2, 3, 3), (3, 2, 3, 3), (3,))),
    Case("conv2d", _conv(stride=2), ((2, 2, 6, 5), (3, 2, 3, 3), (3,))),
    Case("conv2d", _conv(padding=1), ((2, 1, 4, 3), (2, 1, 3, 3), (2,))),
    Case("conv2d", _conv(stride=3, padding=2), ((1, 2, 5, 4), (2, 2, 2, 2), (2,))),
    Case("max_pool2d", _pool(2), ((2, 3, 4, 6),)),
    Case("max_pool2d", _pool(2), ((1, 1, 5, 7),)),
    Case("max_pool2d", _pool(3, stride=1), ((2, 2, 5, 4),)),
    Case("max_pool2d", _pool(2, stride=3), ((1, 2, 5, 8),)),
    Case("max_pool2d", _pool(2, ceil_mode=True), ((2, 1, 3, 5),)),
    Case("max_pool2d", _pool(3, stride=2, ceil_mode=True), ((1, 2, 6, 4),)),
    Case("max_pool2d", _pool(1), ((1, 1, 1, 1),)),
    Case("conv2d", _conv(), ((2, 2, 4, 5), (3, 2, 2, 3))),
    Case("conv2d", _conv(padding="same"), ((1, 2, 4, 3), (2, 2, 3, 2), (2,))),
    Case("conv2d", _conv(padding="full"), ((1, 1, 2, 3), (2, 1, 2, 3), (2,))),
    Case("conv2d", _conv((2, 1), (0, 2)), ((1, 2, 5, 3), (2, 2, 3, 2), (2,))),
    Case("conv2d", _conv(padding="valid"), ((0, 2, 4, 4), (2, 2, 3, 3), (2,))),
    Case("conv_transpose2d", _back(), ((2, 3, 3, 4), (3, 2, 2, 3), (2,))),
    Case("conv_transpose2d", _back(2, 1, 1), ((1, 2, 3, 2), (2, 3, 3, 3), (3,))),
    Case("conv_transpose2d", _back((3, 2), (0, 1), (2, 0)), ((1, 1, 2, 2), (1, 2, 2, 3))),
    Case("conv_transpose2d", _back(), ((0, 1, 2, 2), (1, 1, 2, 2), (1,))),
    Case("max_pool2d", _pool((2, 3), (1, 2), padding=(1, 0)), ((1, 2, 4, 5),)),
    Case("max_pool2d", _pool(3, 2, True, 1), ((2, 1, 6, 5),)),
    Case("avg_pool2d", _mean(2), ((2, 3, 4, 6),)),
    Case("avg_pool2d", _mean((3, 2), 1, padding=1), ((1, 2, 4, 3),)),
    Case("avg_pool2d", _mean(3, 2, True, 1, False), ((2, 1, 6, 5),)),
    Case("avg_pool2d", _mean(2, 2, True), ((1, 1, 5, 3),)),
    Case("avg_pool2d", _mean(1), ((0, 1, 2, 2),)),
    Case("avg_pool2d", _mean(2, divisor=3), ((1, 2, 4, 5),)),
    Case("conv2d", _conv(dilation=2), ((1, 2, 6, 5), (3, 2, 3, 2), (3,))),
    Case("conv2d", _conv(groups=2), ((2, 4, 4, 3), (6, 2, 3, 2), (6,))),
    Case("conv2d", _conv((2, 1), (1, 3), (2, 3), 3), ((2, 3, 6, 5), (6, 1, 2, 3), (6,))),
    Case("conv2d", _conv(padding="same", dilation=(1, 2), groups=2), ((1, 2, 3, 5), (2, 1, 2, 3))),
    Case("conv2d", _conv(padding="full", dilation=2), ((1, 1, 2, 3), (2, 1, 2, 2))),
    Case("conv2d", _conv(groups=2), ((0, 4, 4, 3), (2, 2, 3, 2), (2,))),
    Case("conv_transpose2d", _back(dilation=2), ((1, 2, 3, 2), (2, 3, 2, 3), (3,))),
    Case("conv_transpose2d", _back(groups=2), ((2, 4, 2, 3), (4, 3, 2, 2), (6,))),
    Case("conv_transpose2d", _back((2, 1), (1, 2), (1, 1), 3, (1, 2)),
         ((1, 3, 3, 4), (3, 2, 3, 3), (6,))),
    Case("conv_transpose2d", _back(groups=2), ((0, 2, 2, 2), (2, 1, 2, 2), (2,))),
    Case("max_pool2d", _pool((3, 2), (2, 1), dilation=(1, 2)), ((2, 1, 6, 5),)),
    Case("max_pool2d", _pool(2, 2, True, 1, 2), ((1, 2, 5, 6),)),
    Case("max_pool2d", _pool(2), ((0, 2, 4, 4),)),
    Case("adaptive_avg_pool2d", _adaptive(1), ((2, 3, 4, 5),)),
    Case("adaptive_avg_pool2d", _adaptive((3, 2)), ((1, 2, 5, 7),)),
    Case("adaptive_avg_pool2d", _adaptive((None, 4)), ((1, 1, 2, 3),)),
    Case("adaptive_avg_pool2d", _adaptive(2), ((0, 1, 4, 4),)),
]  # fmt: skip
