from core.autograd import functional as F
from tests.core.op_cases.case import Case, both, each

CASES = [
    *both("add"), *both("sub"), *both("mul"), *both("maximum"), *both("minimum"),
    *both("div", low=0.5),
    *each("neg"), *each("square"), *each("exp"), *each("sin"), *each("cos"), *each("abs"),
    *each("relu"), *each("sigmoid"), *each("tanh"), *each("gelu"),
    *each("log", low=0.2), *each("sqrt", low=0.2),
    Case("pow", lambda a: F.pow(a, 3), ((3, 5),)),
    Case("pow", lambda a: F.pow(a, -1.5), ((3, 1),), low=0.5),
    Case("pow", lambda a: F.pow(a, 0.0), ((2,),), low=0.5),
]  # fmt: skip
