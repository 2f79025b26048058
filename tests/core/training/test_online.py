"""The short way through one-sample descent takes the same path as the long one."""

from itertools import islice

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import AnomalyError
from core.kernels.engine import use_engine
from core.knobs import Knobs
from core.nn import GELU, Flatten, Linear, LogSoftmax, Module, ReLU, Sequential, Sigmoid, Tanh
from core.training.loop import fit
from core.training.online import mlp_arrays, online_sgd
from core.training.trainer import Trainer

CHAPTER = chapter("one-by-one")
RNG = np.random.default_rng(0)


def _run(**values: float) -> tuple[Trainer, Knobs]:
    knobs = CHAPTER.settings(CHAPTER.experiment("The lecture's hundred")).with_values(**values)
    return Trainer(CHAPTER.task, knobs), knobs


def test_a_hundred_steps_end_where_fit_ends() -> None:
    short, knobs = _run(lr=0.05)
    long, _ = _run(lr=0.05)
    (step,) = islice(CHAPTER.steps(short, lambda: knobs), 1)
    losses = [s.loss for s in islice(fit(long, lambda: knobs), 100)]
    assert (step.number, step.samples, step.epoch) == (100, 100, 1.0)
    assert step.evaluation is not None
    assert step.loss == pytest.approx(np.mean(losses), rel=1e-4)
    np.testing.assert_allclose(short.arena.theta, long.arena.theta, atol=2e-5)


def test_the_engines_agree() -> None:
    ends = []
    for engine in ("fast", "reference"):
        run, knobs = _run(validate_every=7)
        with use_engine(engine):  # type: ignore[arg-type]
            steps = list(islice(CHAPTER.steps(run, lambda knobs=knobs: knobs), 2))  # type: ignore[misc]
        assert [s.number for s in steps] == [7, 14]
        ends.append(run.arena.theta)
    np.testing.assert_allclose(*ends, atol=1e-4)


def test_larger_batches_and_other_optimisers_take_the_long_way() -> None:
    short, knobs = _run(batch_size=8)
    long, _ = _run(batch_size=8)
    for one, other in zip(
        islice(CHAPTER.steps(short, lambda: knobs), 3), fit(long, lambda: knobs), strict=False
    ):
        assert (one.number, one.loss) == (other.number, other.loss)
    assert short.step == 3


def test_a_rate_that_is_far_too_large_is_named() -> None:
    run, knobs = _run(lr=1e-6)
    wild = Knobs(knobs.knobs.values(), {**knobs, "lr": 10.0})
    run.model.parameters().__next__().data[...] = np.nan
    with pytest.raises(AnomalyError, match=r"at step 1\b.*smaller learning rate"):
        next(online_sgd("squared_error")(run, lambda: wild))


@pytest.mark.parametrize(
    ("modules", "loss", "count"),
    [
        ((Flatten(), Linear(4, 3, rng=RNG), Sigmoid(), Linear(3, 2, rng=RNG)), "squared_error", 2),
        ((Linear(4, 3, rng=RNG), LogSoftmax()), "cross_entropy", 1),
        ((Linear(4, 3, rng=RNG), GELU(), Linear(3, 2, rng=RNG), ReLU()), "squared_error", 2),
        ((Linear(4, 3, rng=RNG), LogSoftmax()), "squared_error", None),
        ((Linear(4, 3, rng=RNG), Sigmoid()), "cross_entropy", None),
        ((Linear(4, 3, rng=RNG), Tanh(), Linear(3, 2, rng=RNG)), "squared_error", None),
        ((Flatten(),), "squared_error", None),
    ],
)
def test_which_networks_are_plain(
    modules: tuple[Module, ...], loss: str, count: int | None
) -> None:
    layers = mlp_arrays(Sequential(*modules), loss)  # type: ignore[arg-type]
    assert (None if layers is None else len(layers.weights)) == count
