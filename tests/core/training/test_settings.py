"""One frozen set of training settings a step; mistyped keys are errors, not defaults."""

import math
from dataclasses import FrozenInstanceError, replace
from itertools import islice

import numpy as np
import pytest

from core.chapters.registry import chapter, chapters
from core.chapters.shared.training_knobs import training_knobs
from core.errors import KnobError
from core.kernels.engine import use_engine
from core.knobs import Knob, Knobs
from core.nn import Flatten, Linear, Sequential, Sigmoid
from core.training.loop import fit, learning_rate
from core.training.online import online_sgd
from core.training.settings import SETTINGS, TrainingSettings, check_knob_names
from core.training.task import Split
from core.training.trainer import Trainer

ONE = chapter("one-by-one")
USUAL = training_knobs(0.1, "sgd", epochs=2, validate_every=40)


def small(**values: float) -> tuple[Trainer, Knobs]:
    """The chapter “One at a time” with a small network, 100 digits and all the usual knobs."""
    data = Split(*(one.take(slice(100)) for one in ONE.task.data(ONE.defaults())))
    task = replace(
        ONE.task,
        data=lambda knobs: data,
        model=lambda knobs, rng: Sequential(Flatten(), Linear(784, 10, rng=rng), Sigmoid()),
    )
    knobs = Knobs(USUAL).with_values(batch_size=1, **values)
    return Trainer(task, knobs), knobs


def test_every_knob_of_training_is_a_setting() -> None:
    assert {knob.key for knob in USUAL} <= SETTINGS
    settings = TrainingSettings.of(Knobs(USUAL).with_values(accumulate=3, schedule=2))
    assert (settings.accumulate, settings.batch_size, settings.optimizer) == (3, 64, "sgd")
    assert settings.schedule == Knobs(USUAL).with_values(schedule=2).name_of("schedule")
    with pytest.raises(FrozenInstanceError):
        settings.lr = 1.0  # type: ignore[misc]


def test_what_a_chapter_does_not_offer_has_its_default() -> None:
    settings = TrainingSettings.of(Knobs([Knob("lr", "Rate", 0.5, 0, 1)]))
    assert (settings.lr, settings.ema, settings.schedule) == (0.5, 1.0, None)
    assert math.isnan(settings.stop_at) and settings.plain


@pytest.mark.parametrize("key", ["acumulate", "batchsize", "clip_nrom", "weight_deacy", "patiance"])
def test_a_mistyped_knob_of_a_chapter_is_an_error(key: str) -> None:
    with pytest.raises(KnobError, match="Did you mean"):
        check_knob_names({key: 1.0})
    with pytest.raises(KnobError, match="Did you mean"):
        replace(ONE, knobs=(*ONE.knobs, Knob(key, "Typo", 1, 0, 10)))


def test_a_mistyped_key_in_a_task_is_an_error_that_names_the_knobs() -> None:
    with pytest.raises(KnobError, match=r"no setting “marign”.*margin"):
        chapter("learning").defaults()["marign"]
    assert chapter("learning").defaults().get("marign", 3.0) == 3.0
    assert len(chapters()) > 10


@pytest.mark.parametrize(
    "values",
    [
        {"weight_decay": 0.01}, {"ema": 20}, {"clip_norm": 0.1}, {"accumulate": 2},
        {"optimizer": 1},
    ],
)  # fmt: skip
def test_the_one_sample_loop_obeys_every_setting(values: dict[str, float]) -> None:
    with use_engine("fast"):
        (one, knobs), (other, _) = small(**values), small(**values)
        last = list(islice(fit(one, lambda: knobs), 60))[-1]
        again = list(islice(online_sgd("squared_error")(other, lambda: knobs), 60))[-1]
    assert one.arena.theta.tobytes() == other.arena.theta.tobytes()
    assert last.loss == again.loss


def test_the_one_sample_loop_follows_the_schedule() -> None:
    linear = {knob.key: knob for knob in USUAL}["schedule"].choices.index("cosine")
    run, knobs = small(schedule=linear, schedule_epochs=4, validate_every=10)
    with use_engine("fast"):
        steps = list(islice(online_sgd("squared_error")(run, lambda: knobs), 30))
    rates = [step.lr for step in steps]
    assert rates[0] == knobs["lr"] and rates == sorted(rates, reverse=True)
    assert rates[-1] < knobs["lr"] / 2
    assert learning_rate(run, TrainingSettings.of(knobs)) <= rates[-1]


def test_the_one_sample_loop_stops_when_nothing_improves() -> None:
    run, knobs = small(patience=2, validate_every=10, lr=1e-6)
    with use_engine("fast"):
        steps = list(islice(online_sgd("squared_error")(run, lambda: knobs), 200))
    looks = [step for step in steps if step.evaluation is not None]
    assert len(run.test_losses) == len(looks)
    run, knobs = small(patience=1, validate_every=10, lr=2.0)
    with use_engine("fast"):
        finished = next(s for s in online_sgd("squared_error")(run, lambda: knobs) if s.finished)
    assert finished.evaluation is not None
    assert finished.evaluation.loss == pytest.approx(min(run.test_losses))
    assert np.isfinite(run.arena.theta).all()
