import numpy as np

from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, both, each

_CONDITION = np.array([[True, False, True], [False, False, True]])

CASES = [
    *both("add"), *both("sub"), *both("mul"), *both("maximum"), *both("minimum"),
    *both("div", low=0.5),
    *each("neg"), *each("square"), *each("exp"), *each("sin"), *each("cos"), *each("abs"),
    *each("relu"), *each("sigmoid"), *each("tanh"), *each("gelu"), *each("leaky_relu"),
    *each("silu"), *each("elu"), *each("logsigmoid"), *each("ndtr"),
    *each("softplus"), *each("expm1"),
    *each("log", low=0.2), *each("sqrt", low=0.2), *each("log1p", low=-0.8),
    Case("pow", lambda a: F.pow(a, 3), ((3, 5),)),
    Case("pow", lambda a: F.pow(a, -1.5), ((3, 1),), low=0.5),
    Case("pow", lambda a: F.pow(a, 0.0), ((2,),), low=0.5),
    Case("pow", lambda a: F.pow(a, np.array([0.0, 1.0, 2.5])), ((2, 3),), low=0.2),
    *both("pow", low=0.3),
    Case("pow", lambda b: F.pow(1.7, b), ((3,),)),
    Case("pow", lambda b: 2**b, ((3, 1),)),
    Case("elu", lambda a: F.elu(a, 0.3), ((3, 5),)),
    Case("masked_fill", lambda a, v: F.masked_fill(a, _CONDITION, v), ((2, 3), ())),
    Case("masked_fill", lambda a: F.masked_fill(a, _CONDITION, -1e9), ((4, 1, 3),)),
    Case("gelu", lambda a: F.gelu(a, "tanh"), ((3, 5),)),
    Case("gelu", lambda a: F.gelu(a, approximate="tanh"), ((0, 2),)),
    Case("leaky_relu", lambda a: F.leaky_relu(a, 0.3), ((3, 5),)),
    Case("softplus", lambda a: F.softplus(a, 2.5, 1.0), ((3, 5),)),
    Case("clamp", lambda a: F.clamp(a, -0.5, 1), ((3, 5),)),
    Case("clamp", lambda a: F.clamp(a, max=0.3), ((3, 5),)),
    Case("clamp", lambda a: F.clamp(a, min=np.array([-1.0, 0.0])), ((3, 2),)),
    Case("where", lambda a, b: F.where(_CONDITION, a, b), ((2, 3), (2, 3))),
    Case("where", lambda a, b: F.where(_CONDITION, a, b), ((3,), ())),
    Case("where", lambda a: F.where(_CONDITION, -1.0, a), ((4, 1, 1),)),
]  # fmt: skip
