"""A fused operation and its textbook parts give the same numbers and the same gradients."""

import inspect

import numpy as np
import pytest

from core.autograd import OPS, Tensor, tape
from core.autograd.decompositions import DECOMPOSITIONS, FUSED_OPS, RECURRENT_CELLS
from tests.core.autograd.op_cases import CASES, Case


def _case(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


def _leaves(case: Case) -> list[Tensor]:
    return [Tensor(x, requires_grad=True) for x in case.inputs()]


@pytest.mark.parametrize("case", [case for case in CASES if case.op in DECOMPOSITIONS], ids=_case)
def test_the_parts_are_the_whole(case: Case) -> None:
    whole_leaves = _leaves(case)
    whole = case.function(*whole_leaves)
    node = _fused(whole, case.op)
    parts_of = {id(p): Tensor(p.data, requires_grad=True) for p in node.parents if p is not None}
    operands = [parts_of.get(id(o), o) for o in node.operands]
    options = {key: value for key, value in node.options.items() if key != "needs_input_grad"}
    parts = DECOMPOSITIONS[case.op](*operands, **options)
    fused = OPS[case.op].apply(*(Tensor(o.data, True) if isinstance(o, Tensor) else o
                                 for o in node.operands), **options)  # fmt: skip
    np.testing.assert_allclose(parts.data, fused.data, rtol=1e-9, atol=1e-12)
    upstream = np.random.default_rng(1).standard_normal(fused.shape)
    fused.backward(upstream)
    parts.backward(upstream)
    assert fused.node is not None
    for before, one in zip(node.parents, fused.node.parents, strict=True):
        if before is not None and one is not None:
            other = parts_of[id(before)].grad
            expected = np.zeros(one.shape) if one.grad is None else one.grad
            found = np.zeros(one.shape) if other is None else other
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


def _fused(tensor: Tensor, op: str) -> tape.Node:
    """The node of this operation, which may stand behind others in a case."""
    while tensor.node is not None:
        if tensor.node.op == op:
            return tensor.node
        tensor = next(p for p in tensor.node.parents if p is not None)
    raise AssertionError(f"no {op} was made")


@pytest.mark.parametrize("op", RECURRENT_CELLS)
@pytest.mark.parametrize("biased", [True, False])
def test_a_cell_is_the_first_step_of_the_sequence(op: str, biased: bool) -> None:
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[op]
    rng = np.random.default_rng(2)
    shapes = [(1, 2, 3), *[(2, 4)] * (2 if op == "lstm" else 1), (gates * 4, 3), (gates * 4, 4)]
    shapes += [(gates * 4,)] * 2 if biased else []
    arrays = [rng.standard_normal(shape) for shape in shapes]
    upstream = rng.standard_normal((2, 4))
    found = []
    for first in (lambda *x: OPS[op].apply(*x)[0], RECURRENT_CELLS[op]):
        leaves = [Tensor(a, requires_grad=True) for a in arrays]
        y = first(*leaves)
        y.backward(upstream)
        found.append((y.data, *(leaf.grad for leaf in leaves)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("op", sorted(FUSED_OPS))
def test_the_parts_take_what_the_operation_takes(op: str) -> None:
    theirs = inspect.signature(OPS[op].rule).parameters
    ours = inspect.signature(DECOMPOSITIONS[op]).parameters
    assert list(ours) == [name for name in theirs if name != "needs_input_grad"]
