"""What the zoom writes out is what was computed: groups, dilation, activations, norms."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.inspect.teach.activation_functions import activation
from core.inspect.zoom.chain_rule import chain_rule_terms
from core.inspect.zoom.forward_backward import NetworkPass, forward_backward
from core.inspect.zoom.numbers import pool_window, weighted_sum
from core.inspect.zoom.source_code import op_formula, op_source
from core.kernels.engine import use_engine
from core.nn import Flatten, LayerNorm, Linear, MaxPool2d, Module, RMSNorm, Sequential
from core.training.trainer import Trainer
from tests.new_kinds import NEW_KINDS

PICTURES = ("skips", "tilts", "copies", "halves", "depthwise")
BENDS = ("relu", "silu", "elu")


def passed(key: str) -> tuple[Trainer, NetworkPass]:
    chapter = NEW_KINDS[key]
    with use_engine("reference"):
        run = Trainer(chapter.task, chapter.defaults())
        test = run.data.test
        assert test.targets is not None
        found = forward_backward(run, chapter.defaults(), test.inputs[0], test.targets[0])
    return run, found


@pytest.mark.parametrize("key", PICTURES)
def test_sums_are_made_of_what_is_shown(key: str) -> None:
    _, found = passed(key)
    rng = np.random.default_rng(0)
    convolutions = [n for n, stage in enumerate(found.stages) if stage.op == "conv2d"]
    assert convolutions
    for number in convolutions:
        stage, x = found.stages[number], found.inputs(number)
        for unit, row, column in (rng.integers(0, stage.values.shape) for _ in range(12)):
            one = weighted_sum(stage, x, unit, row, column)
            assert one.inputs.shape == one.weights.shape
            assert one.total == pytest.approx(one.result, abs=2e-5)


@pytest.mark.parametrize("key", PICTURES)
def test_activations_are_told_with_their_own_numbers(key: str) -> None:
    _, found = passed(key)
    bends = [n for n, stage in enumerate(found.stages) if stage.op in BENDS]
    assert bends
    for number in bends:
        stage = found.stages[number]
        y, slope = activation(stage.op, stage.option).sampled(found.inputs(number).reshape(-1))
        np.testing.assert_allclose(y, stage.values.reshape(-1), atol=1e-6)
        if all(stages.sources != (found.source(number),) for stages in found.stages[number + 1 :]):
            back = slope * stage.gradient.reshape(-1)
            np.testing.assert_allclose(back, found.slopes(number).reshape(-1), atol=1e-6)


def test_the_terms_of_a_dilated_and_grouped_kernel_add_up() -> None:
    run, _ = passed("depthwise")
    test, knobs = run.data.test, NEW_KINDS["depthwise"].defaults()
    with use_engine("reference"):
        for name, place in (("0.weight", (3, 1, 0, 2)), ("6.weight", (11, 2, 1, 4))):
            terms = chain_rule_terms(run, knobs, test.inputs[:4], test.targets[:4], name, place)
            assert terms.total == pytest.approx(terms.gradient, abs=1e-6)


def _passed_through(model: Module) -> NetworkPass:
    """A grey picture through a network of one's own, against class 0."""
    chapter = NEW_KINDS["skips"]
    task = replace(chapter.task, model=lambda knobs, rng: model)
    run = Trainer(task, chapter.defaults())
    return forward_backward(run, chapter.defaults(), run.data.test.inputs[0], 0)


def test_norms_are_told_with_the_samples_own_mean_and_spread() -> None:
    _, found = passed("depthwise")
    number = next(n for n, stage in enumerate(found.stages) if stage.op == "group_norm")
    stage, x = found.stages[number], found.inputs(number)
    assert stage.mean is not None and stage.spread is not None
    told = (x - stage.mean[:, None, None]) / stage.spread[:, None, None]
    np.testing.assert_allclose(told, stage.values, atol=1e-4)


def test_a_dilated_pool_shows_the_numbers_that_it_takes_the_largest_of() -> None:
    head = Linear(56, 3, rng=np.random.default_rng(0))
    found = _passed_through(Sequential(MaxPool2d(2, 3, padding=1, dilation=2), Flatten(), head))
    stage, x = found.stages[0], found.picture
    for row, column in np.ndindex(*stage.values.shape[1:]):
        seen, top, left = pool_window(stage, x, 0, row, column)
        assert seen.max() == stage.values[0, row, column]
        assert x[0, top, left] == seen[0, 0]


@pytest.mark.parametrize("make", [LayerNorm, RMSNorm])
def test_norms_of_a_row(make: Callable[[int], Module]) -> None:
    head = Linear(480, 3, rng=np.random.default_rng(0))
    found = _passed_through(Sequential(Flatten(), make(480), head))
    stage = found.stages[1]
    assert stage.mean is not None and stage.spread is not None
    told = (found.inputs(1) - stage.mean) / stage.spread
    np.testing.assert_allclose(told, stage.values, atol=1e-4)


@pytest.mark.parametrize("op", ["silu", "elu", "group_norm", "layer_norm", "rms_norm"])
@pytest.mark.parametrize("backward", [False, True])
def test_formulas_and_source_lines_are_there(op: str, backward: bool) -> None:
    source = op_source(op, backward)
    assert op_formula(op, backward) and source is not None
    focused = source.lines[source.focus]
    assert re.search(r"g: |pullback|scaled" if backward else r"share|y = |kernel|inverse", focused)
    assert {"x", "g" if backward else "y"} & {role for *_, role in source.terms}
