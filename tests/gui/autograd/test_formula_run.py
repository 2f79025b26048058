"""The line of moments of a formula: lazy and eager, steps both ways, gradients that add up."""

import pytest

from core.inspect.teach.formula import FormulaError
from core.inspect.teach.step_through import EXAMPLES
from hellodl_gui.features.autograd.formula_run import FormulaRun


@pytest.fixture
def run() -> FormulaRun:
    return FormulaRun("3*x**3 + 4*x + 1 + x*z", {"x": 2.0, "z": 0.0})


def gradients(run: FormulaRun) -> dict[str, float]:
    sums = run.sums()
    return {name: sums[id] for name, id in run.seen.variables().items() if id in sums}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.title)
def test_every_example_can_be_walked(example: object) -> None:
    run = FormulaRun(example.text, example.values)  # type: ignore[attr-defined]
    assert set(run.values) == set(example.values)  # type: ignore[attr-defined]
    assert run.backward()
    for name in run.values:
        assert run.check(name).agrees


def test_eager_values_are_there_at_once_and_lazy_ones_when_asked_for(run: FormulaRun) -> None:
    assert run.computed and len(run.values_shown()) == len(run.seen.places)
    run.set_eager(False)
    assert not run.computed and len(run.values_shown()) == 2
    assert not run.backward()
    run.forward()
    assert run.computed and run.backward()
    run.set_value("x", 1.0)
    assert len(run.values_shown()) == 2 and gradients(run) == {}


def test_steps_lead_forward_and_back_again(run: FormulaRun) -> None:
    run.set_eager(False)
    assert not run.step(-1)
    count = 0
    while run.step(1):
        count += 1
    assert count == run.last == run.position
    assert gradients(run) == {"x": 40, "z": 2}
    while run.step(-1):
        count -= 1
    assert count == 0 and gradients(run) == {}


def test_without_zero_gradients_add_up(run: FormulaRun) -> None:
    run.backward()
    run.backward()
    assert run.walks == 2 and gradients(run) == {"x": 80, "z": 4}
    run.step(-1)
    run.step(1)
    assert gradients(run) == {"x": 80, "z": 4}
    run.zero()
    assert gradients(run) == {} and run.computed
    run.backward()
    assert gradients(run) == {"x": 40, "z": 2}


def test_a_turned_variable_walks_a_finished_walk_again(run: FormulaRun) -> None:
    run.backward()
    run.backward()
    run.set_value("x", 1.0)
    assert gradients(run) == {"x": 13, "z": 1}


def test_a_wrong_formula_changes_nothing_and_values_are_kept(run: FormulaRun) -> None:
    with pytest.raises(FormulaError):
        run.type("3*x +")
    assert run.formula.text.startswith("3*x**3")
    run.type("x*y")
    assert run.values == {"x": 2.0, "y": 1.0}
    run.type("x*z")
    assert run.values == {"x": 2.0, "z": 0.0}
