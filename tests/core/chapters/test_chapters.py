"""Every chapter of the course: it builds, learns, tells its story; and the promised accuracies."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter, chapters
from core.errors import KnobError, LabError
from core.paths import resource
from core.runtime.compute import ComputeSettings
from core.runtime.headless import TrainingResult, train_headless
from core.training.trainer import Trainer

EVERY = pytest.mark.parametrize("every", chapters(), ids=lambda c: c.key)


def _silent(epoch: float, loss: float, metrics: object, validated: bool) -> None:
    pass


def _trained(key: str, **knobs: str) -> TrainingResult:
    found = chapter(key)
    return train_headless(found, found.parsed(knobs), _silent)


def _few_steps(every: Chapter, seed: int = 1, count: int = 3) -> Trainer:
    knobs = every.defaults()
    if "seed" in knobs:
        knobs = knobs.with_values(seed=seed)
    run = Trainer(every.task, knobs)
    steps = every.steps(run, lambda: knobs)
    for number in range(1, count + 1):
        step = next(steps)
        assert step.number == run.step >= number
        assert np.isfinite([step.loss, step.gradient, *step.metrics.values()]).all()
    return run


def test_the_course_is_in_order_and_keys_are_unique() -> None:
    numbers = [c.number for c in chapters()]
    assert numbers == sorted(numbers)
    assert len({c.key for c in chapters()}) == len(numbers) >= 4


@EVERY
def test_it_learns_from_its_first_steps(every: Chapter) -> None:
    run = _few_steps(every)
    assert run.arena.theta.any()
    fresh = Trainer(every.task, every.defaults())
    assert run.arena.theta.tobytes() != fresh.arena.theta.tobytes()


@EVERY
def test_the_same_seed_gives_the_same_bytes(every: Chapter) -> None:
    first, second = (_few_steps(every).arena.theta.tobytes() for _ in range(2))
    assert first == second
    if "seed" in every.defaults():
        assert _few_steps(every, seed=2).arena.theta.tobytes() != first


@EVERY
def test_its_story_is_short(every: Chapter) -> None:
    story = every.story()
    assert story.startswith("# ")
    assert 50 < len(story.split()) <= 300


@EVERY
def test_its_story_has_one_formula_and_one_thing_to_try(every: Chapter) -> None:
    story = every.story()
    assert story.startswith(f"# {every.title}\n")
    assert [line.startswith("> **") for line in story.splitlines() if line[:1] == ">"] == [True]
    assert story.count("**Try this:**") == 1


@EVERY
def test_its_experiments_change_something(every: Chapter) -> None:
    assert every.experiments
    for experiment in every.experiments:
        assert experiment.question
        assert set(experiment.values) <= set(every.settings(experiment))
        assert every.experiment(experiment.title.upper()) is experiment


@EVERY
def test_its_panels_and_weights_exist(every: Chapter) -> None:
    assert every.views
    assert len(set(every.views)) == len(every.views)
    if every.trained:
        assert resource(f"weights/{every.trained}").is_file()


@EVERY
def test_its_network_takes_one_sample_and_none_at_all(every: Chapter) -> None:
    run = _few_steps(every, count=1)
    test = run.data.test
    for count in (1, 0):
        outputs = run.task.forward(run.model, test.inputs[:count])
        assert len(outputs) == count and np.isfinite(outputs.data).all()
        if not test.classes:
            continue
        p = run.task.predict_proba(run.model, test.inputs[:count])
        assert p.shape == (count, len(test.classes))
        assert p.sum() == pytest.approx(count, rel=1e-5)


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(LabError, match=r"no chapter “nine”.*three-or-seven, learning, .*digits"):
        chapter("nine")
    with pytest.raises(LabError, match=r"no experiment “x”.*“No bias”"):
        chapter("three-or-seven").experiment("x")
    with pytest.raises(KnobError, match=r"no setting “speed”.*first, second"):
        chapter("three-or-seven").parsed({"speed": "1"})


def test_the_averages_read_3_and_7_with_the_bias_in_the_middle() -> None:
    outcome = _trained("three-or-seven")
    assert outcome.evaluation.metrics["accuracy"] >= 0.95
    at_zero = outcome.summary()["accuracy_at_zero_bias"]
    assert 0.5 < at_zero < outcome.evaluation.metrics["accuracy"]
    assert _trained("three-or-seven", bias_rule="zero").evaluation.metrics["accuracy"] == at_zero
    images = outcome.run.data.train
    weights = outcome.run.model.state_dict()["linear.weight"].reshape(28, 28)
    means = [images.images[images.labels == side].mean(axis=0) / 255 for side in (0, 1)]
    np.testing.assert_allclose(weights, (means[1] - means[0]) / 2, atol=1e-5)


def test_a_bias_by_hand_is_taken_while_training_stands_still() -> None:
    averages = chapter("three-or-seven")
    outcome = _trained("three-or-seven")
    knobs = averages.parsed({"bias_rule": "by hand", "bias": "40"})
    assert averages.adjust is not None
    averages.adjust(outcome.run, knobs)
    everything_is_a_seven = outcome.run.evaluate(knobs)
    assert everything_is_a_seven.classification.bias == 40
    assert everything_is_a_seven.classification.predictions.all()


@pytest.mark.parametrize(("first", "second"), [("0", "1"), ("4", "9"), ("7", "3")])
def test_other_pairs_can_be_told_apart(first: str, second: str) -> None:
    outcome = _trained("three-or-seven", first=first, second=second)
    assert outcome.run.data.test.classes == (first, second)
    assert outcome.evaluation.metrics["accuracy"] > 0.8


def test_the_same_digit_twice_is_refused() -> None:
    with pytest.raises(LabError, match="different classes"):
        _trained("three-or-seven", first="3", second="3")


def test_learning_by_mistakes_passes_97_5_percent() -> None:
    outcome = _trained("learning")
    assert outcome.evaluation.metrics["accuracy"] > 0.975
    assert outcome.run.samples < len(outcome.run.data.train)


def test_learning_changes_nothing_beyond_the_margin() -> None:
    learning = chapter("learning")
    knobs = learning.parsed({"margin": "0", "batch_size": "64"})
    run = Trainer(learning.task, knobs)
    seven_sided = run.data.train.labels[0] * 2.0 - 1.0
    run.arena.theta[:] = 0
    run.model.state_dict()["1.bias"][:] = 5 * seven_sided
    run.sampler = type(run.sampler)(1, None)
    before = run.arena.theta.tobytes()
    step = next(learning.steps(run, lambda: knobs))
    assert (step.loss, step.gradient) == (0, 0)
    assert run.arena.theta.tobytes() == before


@pytest.mark.slow
def test_digits_reach_96_5_percent_in_three_epochs() -> None:
    outcome = _trained("digits", epochs="3", seed="1")
    assert outcome.run.epoch == 3
    assert outcome.evaluation.metrics["accuracy"] >= 0.965
    assert outcome.evaluation.classification.confusion.sum() == 10_000


@pytest.mark.slow
def test_one_look_at_each_digit_is_enough_for_99_percent() -> None:
    digits = chapter("digits")
    knobs = digits.settings(digits.experiment("99 percent in one epoch"))
    outcome = train_headless(digits, knobs, _silent, ComputeSettings(threads=2))
    assert outcome.run.epoch == 1
    assert outcome.evaluation.metrics["accuracy"] >= 0.99


def test_hundreds_of_steps_and_a_look_at_the_test_set_repeat_to_the_byte() -> None:
    digits = chapter("digits")
    first, second = (_few_steps(digits, count=310) for _ in range(2))
    assert first.arena.theta.tobytes() == second.arena.theta.tobytes()
    found, again = (run.evaluate(digits.defaults()) for run in (first, second))
    assert found.loss == again.loss
    assert np.array_equal(found.classification.predictions, again.classification.predictions)


def test_every_module_that_declares_a_chapter_is_found() -> None:
    package = importlib.util.find_spec("core.chapters")
    assert package is not None
    assert package.submodule_search_locations is not None
    (folder,) = package.submodule_search_locations
    declaring = [f for f in Path(folder).glob("*.py") if "\nCHAPTER = " in f.read_text("utf-8")]
    assert len(declaring) == len(chapters())
