from core.autograd import OPS
from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case


def _extremes(op: str) -> list[Case]:
    apply = OPS[op].apply
    return [
        Case(op, apply, ((3, 5),)),
        Case(op, lambda a: apply(a, keepdim=True), ((3, 5),)),
        Case(op, lambda a: apply(a, dim=1), ((3, 5),)),
        Case(op, lambda a: apply(a, dim=0, keepdim=True), ((3, 5),)),
        Case(op, lambda a: apply(a, dim=-1), ((3, 1),)),
    ]


def _spreads(op: str) -> list[Case]:
    apply = OPS[op].apply
    return [
        Case(op, apply, ((3, 5),)),
        Case(op, lambda a: apply(a, 0), ((3, 5),)),
        Case(op, lambda a: apply(a, dim=(0, -1), keepdim=True), ((3, 2, 5),)),
        Case(op, lambda a: apply(a, dim=1, unbiased=False), ((3, 2, 5),)),
    ]


CASES = [
    Case("sum", F.sum, ((3, 5),)),
    Case("sum", F.sum, ((),)),
    Case("sum", lambda a: F.sum(a, dim=-1), ((3, 5, 2),)),
    Case("sum", lambda a: F.sum(a, dim=(0, 2), keepdim=True), ((3, 5, 2),)),
    Case("mean", F.mean, ((3, 5),)),
    Case("mean", F.mean, ((1,),)),
    Case("mean", lambda a: F.mean(a, dim=(0, -1)), ((3, 5, 2),)),
    Case("mean", lambda a: F.mean(a, dim=1, keepdim=True), ((3, 5),)),
    Case("mean", lambda a: F.mean(a, keepdim=True), ((3, 5),)),
    Case("logsumexp", F.logsumexp, ((3, 5),)),
    Case("logsumexp", lambda a: F.logsumexp(a, (0, -1)), ((3, 2, 5),)),
    Case("logsumexp", lambda a: F.logsumexp(a, 1, keepdim=True), ((3, 5),)),
    Case("cumsum", lambda a: F.cumsum(a, 0), ((3, 5),)),
    Case("cumsum", lambda a: F.cumsum(a, -2), ((3, 2, 5),)),
    Case("cumsum", lambda a: F.cumsum(a, 0), ((1,),)),
    Case("cumsum", lambda a: F.cumsum(a, 1), ((2, 0),)),
    *_spreads("var"),
    Case("var", lambda a: F.var(a, unbiased=False), ((1,),)),
    *_spreads("std"),
    *_extremes("max"),
    *_extremes("min"),
    *_extremes("amax"),
    Case("amax", lambda a: F.amax(a, dim=(0, 2)), ((3, 2, 5),)),
    *_extremes("amin"),
    Case("amin", lambda a: F.amin(a, dim=(0, 2), keepdim=True), ((3, 2, 5),)),
]
