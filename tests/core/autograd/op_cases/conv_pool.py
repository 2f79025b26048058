from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, Function


def _ceil(bias: bool = True) -> Function:
    if bias:
        return lambda x, w, b: F.conv2d_max_pool2d(x, w, b, ceil_mode=True)
    return lambda x, w: F.conv2d_max_pool2d(x, w, ceil_mode=True)


CASES = [
    Case("conv2d_max_pool2d", F.conv2d_max_pool2d, ((2, 3, 6, 8), (4, 3, 3, 3), (4,))),
    Case("conv2d_max_pool2d", F.conv2d_max_pool2d, ((1, 1, 7, 5), (2, 1, 2, 3), (2,))),
    Case("conv2d_max_pool2d", F.conv2d_max_pool2d, ((0, 1, 4, 4), (2, 1, 3, 3), (2,))),
    Case("conv2d_max_pool2d", _ceil(), ((2, 2, 5, 7), (3, 2, 3, 3), (3,))),
    Case("conv2d_max_pool2d", _ceil(), ((1, 1, 1, 1), (1, 1, 1, 1), (1,))),
    Case("conv2d_max_pool2d", _ceil(bias=False), ((2, 1, 4, 3), (2, 1, 2, 2))),
]
