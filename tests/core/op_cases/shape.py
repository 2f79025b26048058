import numpy as np

from core.autograd import functional as F
from tests.core.op_cases.case import Case

CASES = [
    Case("sum", F.sum, ((3, 5),)),
    Case("sum", F.sum, ((),)),
    Case("sum", lambda a: F.sum(a, axis=-1), ((3, 5, 2),)),
    Case("sum", lambda a: F.sum(a, axis=(0, 2), keepdims=True), ((3, 5, 2),)),
    Case("mean", F.mean, ((3, 5),)),
    Case("mean", F.mean, ((1,),)),
    Case("mean", lambda a: F.mean(a, axis=(0, -1)), ((3, 5, 2),)),
    Case("mean", lambda a: F.mean(a, axis=1, keepdims=True), ((3, 5),)),
    Case("mean", lambda a: F.mean(a, keepdims=True), ((3, 5),)),
    Case("max", lambda a: F.max(a, axis=1), ((3, 5),)),
    Case("max", lambda a: F.max(a, axis=0, keepdims=True), ((3, 5),)),
    Case("max", lambda a: F.max(a, axis=-1), ((3, 1),)),
    Case("reshape", lambda a: F.reshape(a, (5, -1)), ((3, 5, 2),)),
    Case("flatten", F.flatten, ((3, 2, 5),)),
    Case("flatten", F.flatten, ((3,),)),
    Case("flatten", F.flatten, ((0, 2, 5),)),
    Case("transpose", F.transpose, ((3, 5, 2),)),
    Case("transpose", lambda a: F.transpose(a, (1, 2, 0)), ((3, 5, 2),)),
    Case("getitem", lambda a: a[1:, ::-2], ((3, 5),)),
    Case("getitem", lambda a: a[np.array([0, 2, 0, 0])], ((3, 5),)),
    Case("getitem", lambda a: a[np.arange(3), np.array([4, 0, 4])], ((3, 5),)),
    Case("getitem", lambda a: a[..., None, 0], ((3, 5),)),
]  # fmt: skip
