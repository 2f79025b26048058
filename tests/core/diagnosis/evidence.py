"""Evidence made up for tests: a run of “digits” that fares well, and what differs in one that does
not."""

from dataclasses import replace
from typing import Any

import numpy as np

from core.chapters.registry import chapter
from core.data.rng import RngStreams
from core.diagnosis.diagnose import diagnose
from core.diagnosis.evidence import Evidence
from core.inspect.data.dataset_report import DatasetReport
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.network_health import LossComparison, NetworkHealth
from core.knobs import Knobs
from core.nn.arena import Arena
from core.record.models import LayerStats
from core.training.evaluator import ACCURACY

COUNT = 600
GUESS = float(np.log(10))

DATA = DatasetReport(
    mean=0.13, std=0.31, rms=0.33, blank=0.0, test_mean=0.13, test_std=0.31, repeats=0.1,
    repeats_shuffled=0.1, agreement=0.9, test_agreement=0.9, within_test=0.9,
    agreement_by_chance=0.1, guess_loss=GUESS,
)  # fmt: skip
LOSSES = LossComparison(0.2, 0.2, 0.2, 0.94, 0.21, 0.21, 0.0)


def units(kind: str = "ReLU", dead: tuple[float, ...] = (0.05, 0.05)) -> tuple[DeadUnits, ...]:
    """Two layers of 100 units, so large a share of each dead."""
    rows = []
    for layer, share in zip(("1", "3", "5"), dead, strict=False):
        flat = np.full(100, 0.4, np.float32)
        flat[: round(100 * share)] = 1
        rows.append(DeadUnits(layer, kind, flat, 256))
    return tuple(rows)


def run(
    key: str = "digits",
    losses: tuple[float, float] = (GUESS, 0.2),
    accuracy: float = 0.94,
    learning: float | None = None,
    ratio: float = 1e-3,
    gradients: tuple[float, float] = (1.0, 0.5),
    weights: tuple[float, float] = (1.0, 1.2),
    dead_units: tuple[DeadUnits, ...] = units(),
    dead_units_at_start: tuple[DeadUnits, ...] = units(),
    loss_differences: dict[str, float] | None = None,
    data: dict[str, float] | None = None,
    count: int = COUNT,
    **texts: Any,
) -> Evidence:
    """A run of so many mini-batches, whose loss falls from one number to another.

    `ratio` is update to weight; `gradients` and `weights` are how long they are first and last, of
    their usual size. What is left of `texts` are knobs.
    """
    found = chapter(key)
    knobs: Knobs = found.parsed({name: str(value) for name, value in texts.items()})
    arena = Arena.adopt(found.task.model(knobs, RngStreams(1)("weights")))
    steps = np.arange(1, count + 1, dtype=np.float64)
    progress = 1 - np.exp(-5 * steps / count)
    loss = losses[0] + (losses[1] - losses[0]) * progress
    norms = np.geomspace(*gradients, count)
    read = np.full(count, accuracy if learning is None else learning)
    curves = {
        "step": steps, "epoch": steps / 938, "samples": steps * knobs["batch_size"], "loss": loss,
        "accuracy": read, "lr": np.full(count, knobs["lr"]), "gradient": norms,
        "seconds": steps / 1000,
    }  # fmt: skip
    looks = {
        "step": np.array([0.0, count / 2, count]), "epoch": np.array([0, 0.3, 0.6]),
        "loss": np.array([losses[0], losses[1] * 1.1, losses[1]]),
        "accuracy": np.array([0.1, accuracy, accuracy]), "seconds": np.zeros(3),
    }  # fmt: skip
    classes = tuple("0123456789")
    right = round(100 * accuracy)
    confusion = np.full((10, 10), (100 - right) // 9) + np.diag([right - (100 - right) // 9] * 10)
    return Evidence(
        knobs=knobs,
        since=0,
        curves=curves,
        looks=looks,
        layers=_layers(arena, count, ratio, gradients, weights),
        layout=arena.layout,
        classes=classes,
        counts=np.full(10, 6000),
        confusion=confusion,
        dead_units=dead_units,
        start=arena.theta.copy(),
        condition=NetworkHealth(
            dead_units, dead_units_at_start, replace(LOSSES, **(loss_differences or {}))
        ),
        data=replace(DATA, **(data or {})),
        metric=ACCURACY,
    )


def _layers(
    arena: Arena,
    count: int,
    ratio: float,
    gradients: tuple[float, float],
    weights: tuple[float, float],
) -> LayerStats:
    slots = [slot for slot in arena.layout.specs if slot.offset < arena.layout.num_params]
    steps = np.linspace(0, count, 21).astype(np.int64)
    first = np.array([np.linalg.norm(arena.layout.views(arena.theta)[s.name]) for s in slots])
    size = np.geomspace(*weights, len(steps))[:, None] * first
    slope = np.geomspace(*gradients, len(steps))[:, None] * np.full(len(slots), 0.3)
    shape = len(steps), len(slots)
    edges = np.stack([-np.ones(shape), np.ones(shape)], axis=2)
    flat = np.full((*shape, 48), 1 / 48, np.float32)
    return LayerStats(
        steps, tuple(s.name for s in slots), size, slope, ratio * size, edges, edges, flat, flat
    )


def named(evidence: Evidence) -> list[str]:
    """The keys of its hints."""
    return [hint.key for hint in diagnose(evidence)]
