"""A task's own groups, optimisers and steps: a tiny GAN, and no decay for biases."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core import F, Tensor, nn
from core.data.dataset import Dataset
from core.data.encodings import Identity
from core.data.specs import PointSpec
from core.errors import AnomalyError, LabError
from core.knobs import Knob, Knobs
from core.optim import (
    OPTIMIZERS,
    Adam,
    Optimizer,
    ParameterGroup,
    make_optimizer,
    param_groups_weight_decay,
)
from core.record.codec import pack_state, unpack_state
from core.training.evaluator import Regression
from core.training.loop import Batch, fit, step_optimizer
from core.training.metrics import Metric
from core.training.online import online_sgd
from core.training.task import Split, Task
from core.training.trainer import Trainer

CENTRE = np.array([2.0, -1.0], np.float32)
FAR = Metric("distance", "Distance of the centres", better="down")
OPTIMIZER = Knob("optimizer", "Optimiser", 0, 0, 6, integer=True, choices=tuple(OPTIMIZERS))
KNOBS = Knobs((
    Knob("lr", "Learning rate", 0.01, 0.0, 1e9),
    Knob("batch_size", "Mini-batch", 16, 1, 100, integer=True),
    Knob("validate_every", "Test every", 20, 1, 1000, integer=True),
    Knob("weight_decay", "Decay", 0.0, 0.0, 10.0),
    Knob("clip_norm", "Clip", 0.0, 0.0, 10.0),
    Knob("seed", "Seed", 1, 0, 99, integer=True),
    OPTIMIZER,
))  # fmt: skip


class Game(nn.Module):
    """A generator of points (N, 2) from noise (N, 2), and a discriminator that judges points."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.generator = nn.Linear(2, 2, rng=rng)
        self.discriminator = nn.Sequential(
            nn.Linear(2, 16, rng=rng), nn.LeakyReLU(0.2), nn.Linear(16, 1, rng=rng)
        )

    def forward(self, points: Tensor) -> Tensor:  # type: ignore[override]
        return self.discriminator(points)


def _judged(scores: Tensor, real: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores, np.full(scores.shape, real, np.float32))


def _play(trainer: Trainer, knobs: Knobs) -> Batch:
    """The discriminator learns to tell points apart, then the generator to deceive it."""
    game: Any = trainer.model
    indices = trainer.sampler.next_batch(int(knobs["batch_size"]))
    inputs, _ = trainer.train_samples(indices)
    noise = trainer.augmentation_rng.standard_normal((len(indices), 2), np.float32)
    made = game.generator(Tensor(noise))
    trainer.optimizers["discriminator"].zero_grad()
    loss = _judged(game(Tensor(inputs)), 1.0) + _judged(game(made.detach()), 0.0)
    loss.backward()
    step_optimizer(trainer, "discriminator", knobs)
    trainer.optimizers["generator"].zero_grad()
    _judged(game(made), 1.0).backward()
    step_optimizer(trainer, "generator", knobs)
    return Batch(indices, inputs, loss.item(), {}, trainer.sampler.epoch_ended)


class Distance:
    """Measures how far the mean of generated points is from that of the data."""

    batch_metrics = ()

    def metrics(self, data: Dataset | None = None) -> tuple[Metric, ...]:
        return (FAR,)

    def check(self, data: Dataset) -> None:
        assert len(data)

    def batch_sums(self, *_: Any) -> dict[str, float]:
        return {}

    def start(self, task: Any, model: Any, data: Dataset) -> "Distance":
        noise = np.random.default_rng(0).standard_normal((200, 2)).astype(np.float32)
        made = model.generator(Tensor(noise)).data
        self.far = float(np.linalg.norm(made.mean(axis=0) - data.inputs.mean(axis=0)))
        return self

    def add(self, part: slice, outputs: NDArray[np.float32], loss: float) -> None:
        pass

    def finish(self) -> Any:
        return {"distance": self.far}, ()


def _points(count: int, seed: int) -> Dataset:
    points = CENTRE + 0.3 * np.random.default_rng(seed).standard_normal((count, 2))
    return Dataset(points.astype(np.float32), None, PointSpec(("x", "y")))


def _two_adams(model: nn.Module, name: str) -> Mapping[str, Optimizer]:
    game: Any = model
    betas = 0.5, 0.999
    return {"generator": Adam(game.generator, betas=betas),
            "discriminator": Adam(game.discriminator, betas=betas)}  # fmt: skip


GAN = Task(
    data=lambda knobs: Split(_points(64, 0), _points(32, 1)),
    model=lambda knobs, rng: Game(rng),
    loss=lambda scores, targets, knobs: _judged(scores, 1.0),
    encoding=Identity(),
    evaluator=Distance(),
    optimizers=_two_adams,
    train_step=_play,
)


def _after(task: Task, steps: int, knobs: Knobs = KNOBS, trainer: Trainer | None = None) -> Trainer:
    trainer = trainer or Trainer(task, knobs)
    for _ in islice(fit(trainer, lambda: knobs), steps):
        pass
    return trainer


def test_a_gan_learns_where_the_points_lie() -> None:
    trainer = Trainer(GAN, KNOBS)
    before = trainer.evaluate(KNOBS).metrics["distance"]
    steps = list(islice(fit(trainer, lambda: KNOBS), 300))
    assert list(trainer.optimizers) == ["generator", "discriminator"]
    assert all(o.steps == 300 and o.arena is trainer.arena for o in trainer.optimizers.values())
    assert before > 1.5 and trainer.evaluate(KNOBS).metrics["distance"] < 0.7
    assert all(step.gradient > 0 and not step.metrics for step in steps)
    evaluated = [step.evaluation for step in steps if step.evaluation is not None]
    assert len(evaluated) >= 15 and evaluated[-1].metrics["distance"] < 0.7


def test_a_gan_goes_on_from_its_checkpoint_bit_for_bit() -> None:
    one = _after(GAN, 30)
    state = unpack_state(*pack_state(one.state_dict()))
    other = Trainer(GAN, KNOBS)
    other.load_state_dict(state)
    for trainer in (one, other):
        _after(GAN, 30, trainer=trainer)
    kept, again = one.state_dict(), other.state_dict()
    assert {"optimizer.generator.m", "optimizer.discriminator.v"} <= set(kept)
    assert kept.keys() == again.keys()
    assert all(np.array_equal(kept[key], again[key]) for key in kept)


def test_a_gan_is_clipped_part_by_part_and_said_to_run_away() -> None:
    clipped = _after(GAN, 1, KNOBS.with_values(clip_norm=0.01))
    # The discriminator's gradients go on growing while the generator learns, its own do not.
    groups = clipped.optimizers["generator"].param_groups
    grads = [parameter.grad.ravel() for group in groups for parameter in group["params"]]
    assert np.linalg.norm(np.concatenate(grads)) == pytest.approx(0.01, rel=1e-3)
    wild = replace(GAN, train_step=lambda t, k: _play(t, k)._replace(loss=math.nan))
    with pytest.raises(AnomalyError, match="mini-batch 1"):
        _after(wild, 1)


def _line(count: int, seed: int) -> Dataset:
    x = np.random.default_rng(seed).standard_normal((count, 3)).astype(np.float32)
    return Dataset(x, x @ np.float32([[5], [2], [0]]) + 1, PointSpec(("a", "b", "c")))


LINE = Task(
    data=lambda knobs: Split(_line(64, 0), _line(16, 1)),
    model=lambda knobs, rng: nn.Sequential(nn.Linear(3, 4, rng=rng), nn.Linear(4, 1, rng=rng)),
    loss=lambda outputs, targets, knobs: F.mse_loss(outputs, targets),
    encoding=Identity(),
    evaluator=Regression(),
)


def test_a_tasks_groups_keep_biases_out_of_decay_beside_torch() -> None:
    torch = pytest.importorskip("torch")
    knobs = KNOBS.with_values(weight_decay=0.5, optimizer=list(OPTIMIZERS).index("adam"))
    trainer = Trainer(replace(LINE, groups=param_groups_weight_decay), knobs)
    start, order = trainer.model.state_dict(), Trainer(LINE, knobs)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1))
    net.load_state_dict({name: torch.tensor(array.copy()) for name, array in start.items()})
    named = list(net.named_parameters())
    optimizer = torch.optim.Adam(
        [{"params": [p for n, p in named if "weight" in n], "weight_decay": 0.5},
         {"params": [p for n, p in named if "bias" in n]}], lr=0.01,
    )  # fmt: skip
    _after(LINE, 30, knobs, trainer)
    for _ in range(30):
        x, y = order.train_samples(order.sampler.next_batch(16))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer.step()
    for name, parameter in named:
        ours = trainer.model.state_dict()[name]
        np.testing.assert_allclose(ours, parameter.detach().numpy(), rtol=1e-4, atol=1e-5)


def _silent_groups(model: nn.Module) -> list[ParameterGroup]:
    return [replace(group, options={}) for group in param_groups_weight_decay(model)]


def test_groups_that_say_nothing_change_no_bit_and_their_records_fit() -> None:
    knobs = KNOBS.with_values(weight_decay=0.1, optimizer=list(OPTIMIZERS).index("adam"))
    silent = replace(LINE, groups=_silent_groups)
    plain, grouped = _after(LINE, 20, knobs), _after(silent, 20, knobs)
    one, other = plain.state_dict(), grouped.state_dict()
    assert one.keys() == other.keys() and "optimizer.param_groups" not in one
    assert all(np.array_equal(one[key], other[key]) for key in one)
    grouped.load_state_dict(one)


def test_several_optimisers_share_one_backward_where_the_task_has_no_step_of_its_own() -> None:
    """A slower first layer: its rate is a tenth of the knob's."""

    def optimizers(model: Any, name: str) -> Mapping[str, Optimizer]:
        slow = [{"params": model[0], "lr_scale": 0.1}]
        return {"body": make_optimizer(name, slow), "head": make_optimizer(name, model[1])}

    trainer, plain = Trainer(replace(LINE, optimizers=optimizers), KNOBS), Trainer(LINE, KNOBS)
    before = {name: array.copy() for name, array in plain.model.state_dict().items()}
    for one in (trainer, plain):
        _after(LINE, 1, KNOBS, one)
    for name, share in (("0.weight", 0.1), ("1.weight", 1.0)):
        own, whole = trainer.model.state_dict()[name], plain.model.state_dict()[name]
        np.testing.assert_allclose(own - before[name], share * (whole - before[name]), rtol=1e-3)
    trainer.set_optimizer("adam")
    assert all(isinstance(optimizer, Adam) for optimizer in trainer.optimizers.values())


def test_the_loop_of_one_sample_keeps_to_a_tasks_groups() -> None:
    knobs = KNOBS.with_values(batch_size=1, weight_decay=0.5)
    task = replace(LINE, groups=param_groups_weight_decay)
    quick, slow = Trainer(task, knobs), Trainer(task, knobs)
    list(islice(online_sgd("squared_error")(quick, lambda: knobs), 3))
    _after(task, 3, knobs, slow)
    assert np.array_equal(quick.arena.theta, slow.arena.theta)


WRONG: dict[str, tuple[Any, str]] = {
    "of another network": (lambda model, name: {"a": Adam(Game(np.random.default_rng(0)))},
                           "“a” moves parameters that do not belong"),
    "none": (lambda model, name: {}, "declares no optimiser"),
    "no word": (lambda model, name: {"a.b": Adam(model)}, "called by one word"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_optimisers_that_do_not_fit_the_task_are_refused(what: str) -> None:
    optimizers, words = WRONG[what]
    with pytest.raises(LabError, match=words):
        Trainer(replace(LINE, optimizers=optimizers), KNOBS)
