"""The walk in slow motion says what the tape does, and its oracles are those of the text."""

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import LabError
from core.inspect.teach.derivative_text import LOCAL_DERIVATIVES
from core.inspect.teach.formula import FUNCTIONS, parse
from core.inspect.teach.step_through import BackwardWalk, step_through
from tests.core.inspect.worked import WORKED


def walked(text: str, carried: dict[str, float] | None = None, **values: float) -> BackwardWalk:
    return step_through(parse(text).at(values).root, carried)


def grads(seen: BackwardWalk, count: int | None = None) -> dict[str, float]:
    sums = seen.sums(len(seen.steps) if count is None else count)
    return {name: sums[id] for name, id in seen.variables().items() if id in sums}


@pytest.mark.parametrize(
    ("text", "values", "result", "expected"),
    [
        *WORKED,
        ("x", {"x": 5}, 5, {"x": 1}),
    ],
)
def test_the_numbers_of_the_text(
    text: str, values: dict[str, float], result: float, expected: dict[str, float]
) -> None:
    seen = walked(text, **values)
    assert seen.places[seen.root].value == result
    assert grads(seen) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["x*x*x + sin(x*y)/exp(y)", "tanh(x)*y - max(x, y)**2", "x + x"])
def test_it_ends_where_backward_ends(text: str) -> None:
    values = {"x": 0.7, "y": 1.3}
    worked = parse(text).at(values)
    seen = step_through(worked.root)
    worked.root.backward()
    tape = {name: float(t.grad) for name, t in worked.variables.items() if t.grad is not None}
    assert grads(seen) == pytest.approx(tape)


def test_the_sums_grow_step_by_step_and_the_walk_changes_no_gradient() -> None:
    worked = parse("x*z + x").at({"x": 2.0, "z": 5.0})
    seen = step_through(worked.root)
    assert worked.variables["x"].grad is None
    assert [seen.places[step.place].op for step in seen.steps] == ["add", "add", "mul"]
    assert [grads(seen, count) for count in range(4)] == [
        {}, {}, {"x": 1}, {"x": 6, "z": 2},
    ]  # fmt: skip
    assert seen.sums(1) == {seen.root: 1}
    first, second = seen.edges[0], seen.edges[1]
    assert seen.amounts(3)[first.id] == 5 and seen.amounts(3)[second.id] == 2
    assert seen.amounts(1) == {}


def test_without_zero_the_next_walk_adds() -> None:
    seen = walked("x*z", {"x": 3.0, "z": 2.0}, x=2, z=3)
    assert grads(seen, 0) == {"x": 3, "z": 2}
    assert grads(seen) == {"x": 6, "z": 4}


def test_an_operand_used_twice_has_two_edges() -> None:
    seen = walked("x*x", x=3)
    assert [(e.source, e.target, e.slot) for e in seen.edges] == [(0, 1, 0), (0, 1, 1)]
    assert list(seen.amounts(2).values()) == [3, 3]


def test_local_derivatives_are_written_out() -> None:
    seen = walked("sin(x) * z**2", x=1, z=3)
    told = {
        (seen.places[step.place].op, share.towards): share.rule
        for step in seen.steps
        for share in step.shares
    }
    assert told == {
        ("mul", "sin(x)"): "(z**2)",
        ("mul", "(z**2)"): "sin(x)",
        ("sin", "x"): "cos x",
        ("pow", "z"): "2 · z",
    }
    long = walked("(x + x + x + x + x) * z", x=1, z=3)
    assert {share.rule for share in long.steps[1].shares} == {"z", "a"}


def test_boxes_say_their_constants() -> None:
    seen = walked("3*x**3 + 4*x + 1 - 2/x", x=2)
    assert [p.label for p in seen.places] == [
        "x", "^ 3", "3 ×", "4 ×", "+", "+ 1", "2 ÷", "−",
    ]  # fmt: skip
    assert [p.text for p in seen.places][2:4] == ["3*x**3", "4*x"]


def test_every_function_has_its_derivative_in_words() -> None:
    for name, function in FUNCTIONS.items():
        assert function.__name__ in LOCAL_DERIVATIVES, name


@pytest.mark.parametrize(
    ("op", "slot", "expected"),
    [
        ("div", 1, lambda a, b: -a / b**2),
        ("pow", 0, lambda a, b: b * a ** (b - 1)),
        ("pow", 1, lambda a, b: a**b * np.log(a)),
        ("sqrt", 0, lambda a, b: 1 / (2 * np.sqrt(a))),
        ("cos", 0, lambda a, b: -np.sin(a)),
        ("tanh", 0, lambda a, b: 1 - np.tanh(a) ** 2),
        ("log", 0, lambda a, b: 1 / a),
    ],
)
def test_the_number_beside_a_rule_is_that_rule(op: str, slot: int, expected: object) -> None:
    a, b = Tensor(np.array(1.7), True, "a"), Tensor(np.array(0.6), True, "b")
    operands = (a, b)[: len(LOCAL_DERIVATIVES[op])]
    (share,) = (
        s
        for s in step_through(getattr(F, op)(*operands)).steps[1].shares
        if s.towards == "ab"[slot]
    )
    assert share.local == pytest.approx(expected(1.7, 0.6))  # type: ignore[operator]


def test_a_share_is_the_arriving_gradient_times_the_local_derivative() -> None:
    for step in walked("sin(exp(x) * x) / x", x=0.8).steps:
        for share in step.shares:
            assert share.amount == pytest.approx(step.arriving * share.local)


def test_several_numbers_at_once_cannot_be_followed() -> None:
    with pytest.raises(LabError, match=r"single numbers.*\(3,\)"):
        step_through(F.sum(Tensor(np.ones(3), requires_grad=True)))
