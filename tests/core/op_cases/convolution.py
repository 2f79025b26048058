from core.autograd import functional as F
from tests.core.op_cases.case import Case, Function


def _conv(stride: int = 1, padding: int = 0) -> Function:
    return lambda x, w, b: F.conv2d(x, w, b, stride=stride, padding=padding)


def _pool(kernel: int, stride: int | None = None, ceil_mode: bool = False) -> Function:
    return lambda x: F.max_pool2d(x, kernel, stride=stride, ceil_mode=ceil_mode)


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
]  # fmt: skip
