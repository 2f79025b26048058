from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, Function


def _chain(*activations: str | None) -> Function:
    return lambda x, *parameters: F.fused_mlp(x, *parameters, activations=activations)


CASES = [
    Case("fused_mlp", _chain("gelu", "sigmoid", None),
         ((3, 5), (4, 5), (4,), (7, 4), (7,), (2, 7), (2,))),
    Case("fused_mlp", _chain("relu", "relu"), ((2, 3), (4, 3), (4,), (2, 4), (2,))),
    Case("fused_mlp", _chain(None), ((1, 1), (1, 1), (1,))),
    Case("fused_mlp", _chain(None, "sigmoid"), ((0, 2), (3, 2), (3,), (1, 3), (1,))),
]  # fmt: skip
