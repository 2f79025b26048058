from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case

CASES = [
    Case("matmul", F.matmul, ((3, 5), (5, 2))),
    Case("matmul", F.matmul, ((1, 1), (1, 1))),
    Case("matmul", F.matmul, ((4, 3, 5), (4, 5, 2))),
    Case("matmul", F.matmul, ((4, 3, 5), (5, 2))),
    Case("matmul", F.matmul, ((2, 1, 3, 5), (4, 5, 1))),
    Case("matmul", F.matmul, ((5,), (5,))),
    Case("matmul", F.matmul, ((3, 5), (5,))),
    Case("matmul", F.matmul, ((5,), (5, 2))),
    Case("matmul", F.matmul, ((2, 3, 5), (5,))),
    Case("matmul", F.matmul, ((5,), (2, 5, 3))),
    Case("matmul", F.matmul, ((3, 0), (0, 2))),
    Case("linear", F.linear, ((3, 5), (2, 5), (2,))),
    Case("linear", F.linear, ((1, 1), (1, 1), (1,))),
    Case("linear", F.linear, ((3, 5), (2, 5))),
    Case("linear", F.linear, ((2, 3, 5), (4, 5), (4,))),
    Case("linear", F.linear, ((5,), (4, 5), (4,))),
    Case("linear", F.linear, ((0, 5), (4, 5), (4,))),
    Case("linear", lambda x, w, b: F.linear(x, w, b, activation="relu"), ((3, 5), (4, 5), (4,))),
]  # fmt: skip
