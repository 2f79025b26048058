from core.autograd import functional as F
from tests.core.autograd.op_cases.case import Case, Function

Shapes = tuple[tuple[int, ...], ...]


def _shapes(gates: int, steps: int, samples: int, inputs: int, hidden: int, states: int) -> Shapes:
    wide = gates * hidden
    return ((steps, samples, inputs), *[(samples, hidden)] * states, (wide, inputs),
            (wide, hidden), (wide,), (wide,))  # fmt: skip


def _cases(op: str, function: Function, gates: int, states: int = 1) -> list[Case]:
    sizes = ((3, 2, 3, 2), (1, 1, 1, 1), (2, 3, 1, 3))
    shapes = [_shapes(gates, *size, states) for size in sizes]
    without_bias = _shapes(gates, 2, 1, 2, 3, states)[:-2]
    return [Case(op, function, each, low=-0.9, high=0.8) for each in (*shapes, without_bias)]


CASES = [
    *_cases("rnn", F.rnn, 1),
    *_cases("rnn", lambda *inputs: F.rnn(*inputs, nonlinearity="relu"), 1),
    *_cases("gru", F.gru, 3),
    *_cases("lstm", F.lstm, 4, states=2),
]
