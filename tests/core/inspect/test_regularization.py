"""Squares of weights are counted rightly; masks and statistics are those of the network."""

from dataclasses import replace

import numpy as np
import pytest

from core.chapters.inspection import CHAPTER
from core.data.dataset import Dataset
from core.inspect.health.dropout_and_norm import batch_norm_stats
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.weights.squared_weights import (
    EDGES,
    sample_pairs,
    squared_weights,
    visible_range,
    weight_vectors,
)
from core.knobs import Knobs
from core.nn import BatchNorm1d, Dropout, Flatten, Linear, LogSoftmax, Module, Sequential
from core.nn.arena import Arena
from core.training.loop import fit
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(0)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


def test_squares_are_counted_as_by_a_histogram() -> None:
    weights = RNG.normal(size=100_000).astype(np.float32) * 0.05
    weights[:40] = 0
    found = squared_weights([weights[:30_000], weights[30_000:]])
    assert found.total == 100_000 and found.counts.sum() == 100_000
    expected = np.histogram(weights.astype(np.float64) ** 2, EDGES[1:-1])[0]
    np.testing.assert_array_equal(found.counts[1:-1], expected)
    assert found.counts[0] == 40
    assert found.below[-1] == 1
    assert found.count_below(1e-4) == pytest.approx(np.sum(weights**2 < 1e-4), rel=0.02)
    low, high = visible_range([found])
    assert -10 < low < -6 and -1.5 < high < 0


def test_what_is_no_number_is_not_counted() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1.0, -1.0], np.float32)
    found = squared_weights([odd])
    assert found.counts.sum() == 2 and found.total == 5
    assert visible_range([squared_weights([np.zeros(4, np.float32)])]) == (-6.0, 0.0)


def test_pairs_are_of_the_same_weights() -> None:
    before = RNG.normal(size=5_000).astype(np.float32)
    parts = [before[:100], before[100:]]
    was, now = sample_pairs(parts, [part * np.float32(0.5) for part in parts], 1_000)
    assert 990 <= len(was) <= 1_000
    np.testing.assert_allclose(now, was / 4, rtol=1e-6)
    was, now = sample_pairs(parts, parts, 10_000)
    np.testing.assert_array_equal(was, before**2)
    assert len(sample_pairs([], [], 10)[0]) == 0


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    return Sequential(
        Flatten(), Linear(784, 30, rng=rng), BatchNorm1d(30), Dropout(0.5, rng=rng),
        Linear(30, 26, rng=rng), LogSoftmax(),
    )  # fmt: skip


def run_of() -> Trainer:
    images = RNG.integers(0, 256, (128, 28, 28)).astype(np.uint8)
    data = Dataset.from_images("noise", images, (np.arange(128) % 26).astype(np.uint8), LETTERS)
    task = replace(
        CHAPTER.task, data=lambda knobs: Split(data, data), model=network, before_batch=None
    )
    return Trainer(task, CHAPTER.defaults())


def test_weights_are_those_of_the_layers_without_biases_and_norms() -> None:
    arena = Arena.adopt(network(CHAPTER.defaults(), RNG))
    sizes = [len(part) for part in weight_vectors(arena.layout, arena.theta, None)]
    assert sizes == [784 * 30, 30 * 26]
    (one,) = weight_vectors(arena.layout, arena.theta, "4.weight")
    assert len(one) == 30 * 26 and np.shares_memory(one, arena.theta)


def test_masks_are_those_of_the_last_mini_batch() -> None:
    run, knobs = run_of(), CHAPTER.defaults()
    (before,) = run_probe("dropout_masks", ProbeContext(run), knobs, {})
    assert (before.path, before.p, len(before.kept)) == ("3", 0.5, 0)
    next(fit(run, lambda: knobs))
    (after,) = run_probe("dropout_masks", ProbeContext(run), knobs, {})
    assert after.kept.shape == (32, 30) and (after.pictures, after.numbers) == (64, 30)
    assert 0.35 < after.kept.mean() < 0.65
    layer = run.model.modules[3]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(after.kept, layer.mask.kept[:32])
    run.evaluate(knobs)  # in use nothing is dropped, and the mask stays
    np.testing.assert_array_equal(
        run_probe("dropout_masks", ProbeContext(run), knobs, {})[0].kept, after.kept
    )
    layer.p = 0
    next(fit(run, lambda: knobs))
    assert len(run_probe("dropout_masks", ProbeContext(run), knobs, {})[0].kept) == 0
    state = run.state_dict()  # a mask is nothing that a run goes on from
    run.load_state_dict(state)


def test_statistics_are_found_by_name() -> None:
    run, knobs = run_of(), CHAPTER.defaults()
    next(fit(run, lambda: knobs))
    (found,) = batch_norm_stats(run.arena.layout, run.arena.theta)
    layer = run.model.modules[2]  # type: ignore[attr-defined]
    assert found.path == "2"
    np.testing.assert_array_equal(found.mean, layer.running_mean.data)
    np.testing.assert_array_equal(found.variance, layer.running_var.data)
    np.testing.assert_array_equal(found.weight, layer.weight.data)
    assert found.mean.any() and (found.variance != 1).all()
    plain = Arena.adopt(Sequential(Flatten(), Linear(784, 26, rng=RNG)))
    assert batch_norm_stats(plain.layout, plain.theta) == ()
