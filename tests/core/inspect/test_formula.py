"""A typed formula becomes a graph, and whatever else is typed is refused at its place."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inspect.teach.formula import FUNCTIONS, FormulaError, parse
from tests.core.inspect.worked import WORKED


def gradients(text: str, **values: float) -> tuple[float, dict[str, float]]:
    worked = parse(text).at(values)
    worked.root.backward()
    grads = {n: 0.0 if t.grad is None else float(t.grad) for n, t in worked.variables.items()}
    return worked.root.item(), grads


@pytest.mark.parametrize(
    ("text", "values", "result", "grads"),
    [
        *WORKED,
        ("x/y", {"x": 6, "y": 3}, 2, {"x": 1 / 3, "y": -2 / 3}),
        ("2*x**3 + 4*x**2 + 3*x + 2", {"x": 1}, 11, {"x": 17}),
        ("x*cos(x)", {"x": 1}, math.cos(1), {"x": math.cos(1) - math.sin(1)}),
        ("gelu(x)", {"x": 1}, 0.841345, {"x": 1.08332}),
        ("max(x, y, 3)", {"x": 5, "y": 4}, 5, {"x": 1, "y": 0}),
        ("-x × pi − 1", {"x": 1}, -math.pi - 1, {"x": -math.pi}),
    ],
)
def test_the_numbers_of_the_text(
    text: str, values: dict[str, float], result: float, grads: dict[str, float]
) -> None:
    found, by_name = gradients(text, **values)
    assert found == pytest.approx(result, abs=1e-5)
    assert by_name == pytest.approx(grads, abs=1e-5)


def test_a_share_of_x_and_y_over_x() -> None:
    found, grads = gradients("(x + y**2)/x", x=3, y=2)
    assert (found, grads["x"], grads["y"]) == pytest.approx((7 / 3, -4 / 9, 4 / 3))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_differentiated_as_the_difference_quotient_says(name: str) -> None:
    several = name in ("max", "min")
    formula = parse(f"{name}(x{', y' if several else ''}) * 3")
    for x in (0.3, 1.7):
        check = formula.check({"x": x, "y": 1.1}, "x")
        assert check.agrees and check.error < 1e-6


def test_the_check_shows_both_numbers_and_tells_them_apart_at_a_kink() -> None:
    check = parse("3*x**3 + 4*x").check({"x": 2.0}, "x")
    assert (check.by_tape, check.by_difference) == pytest.approx((40, 40), rel=1e-8)
    assert check.agrees
    kink = parse("relu(x)").check({"x": 0.0}, "x")
    assert (kink.by_tape, kink.by_difference, kink.agrees) == (0, 0.5, False)
    assert not parse("log(x)").check({"x": -1.0}, "x").agrees


def test_variables_and_inner_results_have_names() -> None:
    formula = parse(" 2*b + a*b ")
    assert formula.names == ("b", "a")
    worked = formula.at({"a": 1, "b": 2})
    assert worked.root.name == "2*b + a*b"
    drawn = worked.graph()
    assert [n.label for n in drawn.nodes if n.kind == "leaf"] == ["b", "a"]
    assert worked.root.dtype == np.float64


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("", 0, "Type a formula"),
        ("x^2", 1, r"two stars"),
        ("y = x", 2, "Leave out"),
        ("2 + 3x", 5, r"\* between “3”"),
        ("(x + 1", 0, "never closed"),
        ("x + 1)", 5, "never opened"),
        ("x +", 3, "too early"),
        ("x y", 2, "sign missing"),
        ("  x + foo(x)", 6, "no function “foo”"),
        ("x + exp", 4, "is a function"),
        ("exp(x, y)", 0, "takes one operand"),
        ("max(x)", 0, "two or more"),
        ("x(3)", 0, "no function “x”"),
        ("(x)(3)", 0, "no function|Only functions"),
        ("x, y", 0, "comma"),
        ("1 + 2", 0, "no variable"),
        ("x // 2", 2, "one stroke"),
        ("x.real", 0, "no formula"),
        ("x if x else x", 0, "no formula"),
        ("lambda", 6, "too early"),
        ("True*x", 0, "no number"),
        ("__import__('os')", 11, "no meaning"),
        ("1e999*x", 0, "too large"),
        ("9" * 180 + "*x*9" + "9" * 190, 200, "at most 200"),
        ("a+b+c+d+f+g+h+i+j", 16, "one variable too many"),
        ("exp(" * 61 + "x" + ")" * 61, None, "at most|followed by eye"),
        ("-" * 61 + "x", None, "followed by eye"),
    ],
)
def test_what_is_no_formula_is_refused_at_its_place(
    text: str, column: int | None, sentence: str
) -> None:
    with pytest.raises(FormulaError, match=sentence) as caught:
        parse(text)
    if column is not None:
        assert caught.value.column == column


def test_constants_are_worked_out_with_all_their_digits() -> None:
    assert gradients("x * (pi / 3 - e**2)", x=3)[1]["x"] == math.pi / 3 - math.e**2


def test_many_brackets_are_no_trouble() -> None:
    assert parse("(" * 99 + "x" + ")" * 99).names == ("x",)


def test_huge_powers_and_divisions_by_zero_cost_nothing() -> None:
    assert math.isinf(parse("9**9**9**9 * x").at({"x": 1.0}).root.item())
    assert math.isinf(parse("x / 0").at({"x": 1.0}).root.item())
    assert math.isnan(parse("log(x)").at({"x": -1.0}).root.item())


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="xyzexpmaxlog012.+-*/(), \tif_𝒙é", max_size=40))
def test_whatever_is_typed_is_computed_or_refused_in_a_sentence(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError as error:
        assert 0 <= error.column <= len(text)
        assert str(error).endswith((".", "?"))
        return
    formula.at(dict.fromkeys(formula.names, 0.5))
