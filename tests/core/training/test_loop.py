"""The training loop: knobs read once a step, honest numbers, stops where it should."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.data.dataset import Dataset
from core.errors import AnomalyError, WeightsError
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, Sequential
from core.runtime.driver import Driver
from core.training.loop import KnobSource, fit
from core.training.metrics import Evaluation, StepMetrics
from core.training.series import ColumnStore, moving_average
from core.training.task import Split, Task
from core.training.trainer import Trainer


def _data(count: int, seed: int) -> Dataset:
    """Pictures of class 0 are brighter at the left, of class 1 at the right."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 2).astype(np.uint8)
    images = rng.integers(0, 100, (count, 28, 28), np.uint8)
    images[labels == 0, :, :14] += 100
    images[labels == 1, :, 14:] += 100
    return Dataset.from_images("sides", images, labels, ("left", "right"))


TASK = Task(
    data=lambda knobs: Split(_data(25, 0), _data(12, 1)),
    model=lambda knobs, rng: Sequential(Flatten(), Linear(784, 2, rng=rng)),
    loss=lambda scores, labels, knobs: F.cross_entropy(scores, labels),
)
KNOBS = Knobs((
    Knob("lr", "Learning rate", 0.01, 0.0, 1e9),
    Knob("batch_size", "Mini-batch", 10, 1, 100, integer=True),
    Knob("validate_every", "Test every", 1000, 1, 1000, integer=True),
    Knob("epochs", "Stop after", 2, 1, 100, integer=True),
    Knob("seed", "Seed", 1, 0, 99, integer=True),
))  # fmt: skip


def _steps(count: int, knobs: Knobs = KNOBS) -> tuple[Trainer, list[StepMetrics]]:
    run = Trainer(TASK, knobs)
    steps = fit(run, lambda: knobs)
    return run, [next(steps) for _ in range(count)]


def test_steps_count_samples_and_epochs() -> None:
    run, steps = _steps(4)
    assert [step.number for step in steps] == [1, 2, 3, 4]
    assert [step.samples for step in steps] == [10, 20, 25, 35]
    assert [step.epoch for step in steps] == [0.4, 0.8, 1.0, 1.4]
    assert (run.step, run.samples) == (4, 35)


def test_the_test_set_is_read_when_due_and_at_the_end_of_an_epoch() -> None:
    _, steps = _steps(6, KNOBS.with_values(validate_every=2))
    assert [step.evaluation is not None for step in steps] == [False, True, True, True, False, True]


def test_a_step_reports_the_batch_before_its_update() -> None:
    run = Trainer(TASK, KNOBS)
    before = run.arena.theta.copy()
    step = next(fit(run, lambda: KNOBS))
    twin = Trainer(TASK, KNOBS)
    batch = twin.sampler.next_batch(10)
    labels = twin.data.train.labels[batch]
    scores = TASK.forward(twin.model, twin.data.train.images[batch])
    loss = F.cross_entropy(scores, labels)
    loss.backward()
    assert step.loss == loss.item()
    assert step.metrics["accuracy"] == np.mean(scores.data.argmax(axis=1) == labels)
    assert step.gradient == pytest.approx(np.linalg.norm(twin.arena.grad.astype(float)), rel=1e-5)
    np.testing.assert_allclose(run.arena.theta, before - 0.01 * twin.arena.grad, rtol=1e-6)


def test_knobs_are_read_once_before_each_step_and_act_on_it() -> None:
    run = Trainer(TASK, KNOBS)
    asked: list[Knobs] = []

    def source() -> Knobs:
        asked.append(KNOBS.with_values(lr=0.0) if len(asked) == 1 else KNOBS)
        return asked[-1]

    steps = fit(run, source)
    first = next(steps)
    theta = run.arena.theta.copy()
    second = next(steps)
    assert len(asked) == 2
    assert (first.lr, second.lr) == (0.01, 0.0)
    assert np.array_equal(run.arena.theta, theta)


def test_each_step_begins_with_a_gradient_of_zero() -> None:
    _, steps = _steps(4, KNOBS.with_values(batch_size=25, lr=0.0))
    assert steps[0].gradient > 0
    assert [step.gradient for step in steps] == pytest.approx([steps[0].gradient] * 4, rel=1e-4)


def test_a_batch_size_turned_while_learning_acts_at_once() -> None:
    sizes = iter([10, 3, 1])
    steps = fit(Trainer(TASK, KNOBS), lambda: KNOBS.with_values(batch_size=next(sizes)))
    assert [next(steps).samples for _ in range(3)] == [10, 13, 14]


def test_the_goal_of_a_chapter_is_noticed() -> None:
    stop = Knob("stop_at", "Stop above", 0.9, 0.5, 1.0)
    knobs = Knobs((*KNOBS.knobs.values(), stop), {"validate_every": 1})
    steps = fit(Trainer(TASK, knobs), lambda: knobs)
    for step in steps:
        assert step.evaluation is not None
        assert step.finished == (step.evaluation.metrics["accuracy"] > 0.9)
        if step.finished:
            break
        assert step.number < 200


def test_an_evaluation_adds_up() -> None:
    run, _ = _steps(60)
    evaluation = run.evaluate(KNOBS)
    found = evaluation.classification
    assert found is not None
    assert found.confusion.sum() == 12
    assert found.confusion.sum(axis=1).tolist() == [6, 6]
    assert evaluation.metrics["accuracy"] == np.trace(found.confusion) / 12 > 0.9
    assert found.predictions.shape == found.confidence.shape == (12,)
    assert (found.confidence >= 0.5).all() and (found.confidence <= 1).all()
    assert run.model.training


def test_evaluating_changes_nothing() -> None:
    run, _ = _steps(3)
    theta, grad = run.arena.theta.copy(), run.arena.grad.copy()
    assert np.array_equal(
        run.evaluate(KNOBS).classification.predictions,
        run.evaluate(KNOBS).classification.predictions,
    )
    assert np.array_equal(run.arena.theta, theta)
    assert np.array_equal(run.arena.grad, grad)


def test_a_rate_far_too_large_ends_in_a_sentence() -> None:
    knobs = KNOBS.with_values(lr=1e9)
    task = Task(TASK.data, TASK.model, lambda scores, labels, knobs: F.square(scores).sum())
    steps = fit(Trainer(task, knobs), lambda: knobs)
    with (
        np.errstate(all="ignore"),
        pytest.raises(AnomalyError, match=r"ran away: .*smaller learning rate"),
    ):
        for _ in range(50):
            next(steps)


def test_weights_from_elsewhere_are_begun_with() -> None:
    run = Trainer(TASK, KNOBS)
    theta = np.ones_like(run.arena.theta)
    run.begin_at(theta, step=7, samples=50)
    assert (run.step, run.epoch) == (7, 2.0)
    assert (run.arena.theta == 1).all()
    with pytest.raises(WeightsError, match="3 numbers, the network has"):
        run.begin_at(np.ones(3, np.float32))


@pytest.mark.parametrize("far", [-1e4, 0.0, 1e4])
def test_probabilities_add_up_to_one(far: float) -> None:
    scores = np.array([[far, 0.0], [1.0, 2.0]], np.float32)
    np.testing.assert_allclose(TASK.probabilities(scores).sum(axis=1), 1, rtol=1e-6)


class _Ear:
    """Notes what a driver says."""

    def __init__(self) -> None:
        self.steps: list[StepMetrics] = []
        self.evaluations: list[Evaluation] = []
        self.knobs: list[tuple[int, str, float]] = []
        self.paused: list[bool] = []

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        assert seconds > 0
        self.steps.append(step)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        self.evaluations.append(evaluation)

    def on_knob(self, step: int, key: str, value: float) -> None:
        self.knobs.append((step, key, value))

    def on_paused(self, finished: bool) -> None:
        self.paused.append(finished)


@pytest.fixture
def ear() -> Iterator[_Ear]:
    yield _Ear()


def _drive(driver: Driver) -> None:
    while driver.playing:
        driver.advance(1.0)


def test_a_driver_stops_after_a_batch_an_epoch_and_the_end(ear: _Ear) -> None:
    driver = Driver(Trainer(TASK, KNOBS), fit, lambda: KNOBS, ear)
    driver.advance(1.0)
    assert not ear.steps
    driver.advance_by("batch")
    _drive(driver)
    assert (len(ear.steps), ear.paused) == (1, [False])
    driver.advance_by("epoch")
    _drive(driver)
    assert (len(ear.steps), ear.paused) == (3, [False, False])
    driver.play()
    _drive(driver)
    assert (len(ear.steps), ear.paused) == (6, [False, False, True])
    assert len(ear.evaluations) == 2
    driver.play()
    driver.advance(0.0)
    driver.pause()
    driver.pause()
    assert ear.paused == [False, False, True, False]


def test_play_after_the_end_trains_as_many_epochs_more_and_stops_again(ear: _Ear) -> None:
    driver = Driver(Trainer(TASK, KNOBS), fit, lambda: KNOBS, ear)
    for end in (6, 12, 18):
        driver.play()
        _drive(driver)
        assert len(ear.steps) == end
    assert ear.paused == [True, True, True]


def test_a_goal_that_was_met_does_not_stop_training_again(ear: _Ear) -> None:
    def met(run: Trainer, knobs: KnobSource) -> Iterator[StepMetrics]:
        return (replace(step, finished=True) for step in fit(run, knobs))

    driver = Driver(Trainer(TASK, KNOBS), met, lambda: KNOBS, ear)
    driver.play()
    _drive(driver)
    assert len(ear.steps) == 1
    driver.play()
    _drive(driver)
    assert len(ear.steps) == 1 + 6


def test_a_driver_says_from_which_step_on_a_knob_is_turned(ear: _Ear) -> None:
    now = KNOBS
    driver = Driver(Trainer(TASK, KNOBS), fit, lambda: now, ear)
    for rate in (0.01, 0.5, 0.5):
        now = KNOBS.with_values(lr=rate)
        driver.advance_by("batch")
        _drive(driver)
    assert ear.knobs == [(2, "lr", 0.5)]
    assert [step.lr for step in ear.steps] == [0.01, 0.5, 0.5]


def test_curves_grow_and_keep_their_order() -> None:
    table = ColumnStore("step", "loss")
    rows = np.arange(20_000.0).reshape(-1, 2)
    for part in np.array_split(rows, 7):
        table.append(part)
    assert len(table) == 10_000
    assert np.array_equal(table.column("loss"), rows[:, 1])
    assert table.column("step", 9_998).tolist() == [19_996, 19_998]


def test_a_smooth_curve_is_the_mean_around_each_place() -> None:
    values = np.random.default_rng(0).standard_normal(50)
    at = np.array([0, 1, 2, 30, 47])
    expected = [values[max(0, i - min(i, 2)) : i + min(i, 2) + 1].mean() for i in at]
    np.testing.assert_allclose(moving_average(values, 5, at), expected)
    assert moving_average(values, 5, np.array([49]))[0] == pytest.approx(values[48:].mean())


def test_a_network_without_a_past_reads_without_building_one() -> None:
    run, _ = _steps(1)
    images = run.data.test.images
    probabilities = TASK.predict_proba(run.model, images)
    assert probabilities.shape == (12, 2)
    assert TASK.forward(run.model, images).node is not None
    assert isinstance(TASK.forward(run.model, images), Tensor)
