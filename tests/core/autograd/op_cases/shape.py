from core.autograd import OPS
from core.autograd import functional as F
from core.autograd.tensor import Tensor
from tests.core.autograd.op_cases.case import Case, Function


def _cat(dim: int = 0) -> Function:
    return lambda *parts: F.cat(parts, dim)


def _stack(dim: int = 0) -> Function:
    return lambda *parts: F.stack(parts, dim=dim)


def _twice(a: Tensor) -> Tensor:
    return F.cat([a, a * a], dim=1)


def _triangles(op: str) -> list[Case]:
    apply = OPS[op].apply
    return [
        Case(op, apply, ((3, 3),)),
        Case(op, lambda a: apply(a, 1), ((2, 3, 5),)),
        Case(op, lambda a: apply(a, diagonal=-2), ((5, 3),)),
        Case(op, apply, ((1, 1),)),
    ]


CASES = [
    Case("reshape", lambda a: F.reshape(a, (5, -1)), ((3, 5, 2),)),
    Case("flatten", F.flatten, ((3, 2, 5),)),
    Case("flatten", F.flatten, ((3,),)),
    Case("flatten", F.flatten, ((0, 2, 5),)),
    Case("flatten", lambda a: F.flatten(a, 1, 2), ((3, 2, 5, 2),)),
    Case("permute", F.permute, ((3, 5, 2),)),
    Case("permute", lambda a: F.permute(a, (1, 2, 0)), ((3, 5, 2),)),
    Case("squeeze", F.squeeze, ((1, 3, 1),)),
    Case("squeeze", lambda a: F.squeeze(a, (0, -1)), ((1, 1, 3),)),
    Case("unsqueeze", lambda a: F.unsqueeze(a, -1), ((3, 2),)),
    Case("unsqueeze", lambda a: F.unsqueeze(a, 0), ((),)),
    Case("broadcast_to", lambda a: F.broadcast_to(a, (4, 3, 5)), ((3, 1),)),
    Case("broadcast_to", lambda a: F.broadcast_to(a, (2, 0)), ((),)),
    Case("pad", lambda a: F.pad(a, ((1, 2),)), ((3, 2),)),
    Case("pad", lambda a: F.pad(a, ((0, 1), (2, 0)), 0.7), ((2, 3, 1),)),
    Case("pad", lambda a: F.pad(a, ((1, 1),)), ((0,),)),
    Case("flip", lambda a: F.flip(a, 0), ((3, 2),)),
    Case("flip", lambda a: F.flip(a, (0, -1)), ((3, 1, 2),)),
    *_triangles("tril"),
    *_triangles("triu"),
    Case("cat", _cat(), ((3, 2), (1, 2), (0, 2))),
    Case("cat", _cat(-1), ((2, 1, 3), (2, 1, 5))),
    Case("cat", _twice, ((3, 2),)),
    Case("stack", _stack(), ((3, 2), (3, 2))),
    Case("stack", _stack(-1), ((2,), (2,), (2,))),
    Case("stack", _stack(1), ((3, 1, 2),)),
]
