"""Weights in few bits: bins are what they say, sizes are honest, the run keeps its weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.chapters.inspection import CHAPTER
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.weights.quantization import (
    EQUAL,
    FULL_BITS,
    METHODS,
    UNIFORM,
    QuantizationSettings,
    equal_bins,
    full_size,
    pruning_mask,
    quantizable,
    quantize,
    uniform_bins,
)
from core.inspect.weights.quantization_eval import EVALUATED_AT_ONCE
from core.knobs import Knobs
from core.nn import Flatten, Linear, LogSoftmax, Module, Sequential
from core.nn.arena import ArenaLayout
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(0)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
SHAPES = {"0.weight": (20, 30), "0.bias": (20,), "2.weight": (7, 20), "2.bias": (7,)}
LAYOUT = ArenaLayout.of(SHAPES, {"1.running_mean": (20,)})
WEIGHTS, OTHERS = 20 * 30 + 7 * 20, 20 + 7 + 20


@pytest.fixture
def theta() -> np.ndarray:
    made = np.zeros(LAYOUT.size, np.float32)
    for view in LAYOUT.views(made).values():
        view[...] = RNG.normal(size=view.shape)
    return made


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_equal_bins_hold_as_many_weights_each_and_become_their_mean(bits: int) -> None:
    weights = RNG.normal(size=1000).astype(np.float32)
    bins, made = equal_bins(weights, bits)
    places = np.searchsorted(bins.edges[1:-1], weights, side="right")
    counts = np.bincount(places)
    assert len(counts) == 2**bits and counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(made, bins.values[places])
    means = np.bincount(places, weights) / counts
    np.testing.assert_allclose(bins.values, means, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 4, 16])
def test_uniform_bins_are_equally_wide_and_nobody_moves_by_more_than_half(bits: int) -> None:
    weights = RNG.normal(size=1000).astype(np.float32)
    bins, made = uniform_bins(weights, bits)
    widths = np.diff(bins.edges)
    np.testing.assert_allclose(widths, (weights.max() - weights.min()) / 2**bits, rtol=1e-6)
    assert np.abs(made - weights).max() <= widths[0] / 2 * 1.001 + 1e-6
    assert len(np.unique(made)) <= 2**bits


def test_equal_weights_stay_together() -> None:
    weights = np.array([0, 0, 0, 0, 0, 0, 1, 2], np.float32)
    bins, made = equal_bins(weights, 2)
    np.testing.assert_array_equal(made, [0, 0, 0, 0, 0, 0, 1.5, 1.5])
    assert len(bins.values) == 2
    same = np.full(9, 0.5, np.float32)
    for cut in (equal_bins, uniform_bins):
        np.testing.assert_array_equal(cut(same, 3)[1], same)


def test_the_smallest_weights_are_pruned_and_no_bin_reaches_over_the_hole() -> None:
    weights = RNG.normal(size=1000).astype(np.float32)
    kept = pruning_mask(weights, 0.3)
    assert kept is not None and kept.sum() == 700
    assert np.abs(weights[~kept]).max() <= np.abs(weights[kept]).min()
    assert pruning_mask(weights, 0) is None
    bins, made = equal_bins(weights[kept], 4, hole=True)
    assert (np.sign(made) == np.sign(weights[kept])).all()
    assert len(bins.values) == 16


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_only_weights_are_squeezed_into_few_values(
    theta: np.ndarray, method: str, apart: bool
) -> None:
    before = theta.copy()
    made = quantize(LAYOUT, theta, QuantizationSettings(3, method, apart, 0.25))
    np.testing.assert_array_equal(theta, before)
    was, now = LAYOUT.views(theta), LAYOUT.views(made.theta)
    for name in ("0.bias", "2.bias", "1.running_mean"):
        np.testing.assert_array_equal(now[name], was[name])
    weights = [now[slot.name].ravel() for slot in quantizable(LAYOUT)]
    assert [len(one) for one in weights] == [600, 140]
    for one in weights if apart else [np.concatenate(weights)]:
        assert len(np.unique(one)) <= 2**3 + 1
        assert np.count_nonzero(one == 0) == round(0.25 * len(one))


def test_the_size_counts_every_bit_that_has_to_be_written(theta: np.ndarray) -> None:
    assert full_size(LAYOUT) == 4 * (WEIGHTS + OTHERS)
    assert quantize(LAYOUT, theta, QuantizationSettings()).size == full_size(LAYOUT)
    rest = 4 * OTHERS
    # Codes of 4 bits, and a book of 16 numbers for each layer, or two numbers for even steps.
    assert quantize(LAYOUT, theta, QuantizationSettings(4)).size == rest + 300 + 70 + 2 * 64
    assert (
        quantize(LAYOUT, theta, QuantizationSettings(4, apart=False)).size == rest + 300 + 70 + 64
    )
    assert quantize(LAYOUT, theta, QuantizationSettings(4, UNIFORM)).size == rest + 300 + 70 + 2 * 8
    # Half of the weights, 32 bits each, and one bit each that says which half.
    pruned = quantize(LAYOUT, theta, QuantizationSettings(FULL_BITS, pruned=0.5))
    assert pruned.size == rest + 2 * WEIGHTS + 75 + 18


def test_what_cannot_be_is_refused(theta: np.ndarray) -> None:
    for wrong in ({"bits": 0}, {"bits": 17}, {"method": "odd"}, {"pruned": 1.5}):
        with pytest.raises(LabError, match="choose"):
            QuantizationSettings(**wrong)
    theta[3] = np.nan
    with pytest.raises(LabError, match="“0"):
        quantize(LAYOUT, theta, QuantizationSettings(4))
    everything = quantize(LAYOUT, np.zeros_like(theta), QuantizationSettings(2, pruned=1.0))
    assert not everything.theta.any() and everything.groups[0].bins is None


def run_of(count: int) -> Trainer:
    images = RNG.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    data = Dataset.from_images("noise", images, (np.arange(count) % 26).astype(np.uint8), LETTERS)

    def network(knobs: Knobs, rng: np.random.Generator) -> Module:
        return Sequential(Flatten(), Linear(784, 26, rng=rng), LogSoftmax())

    task = replace(CHAPTER.task, data=lambda knobs: Split(data, data), model=network)
    return Trainer(task, CHAPTER.defaults())


def test_a_run_is_asked_and_keeps_its_weights() -> None:
    run = run_of(EVALUATED_AT_ONCE + 100)
    theta = run.arena.theta.copy()
    images, knobs = run.data.test.images[:5], CHAPTER.defaults()

    def ask(how: QuantizationSettings, **more: object) -> Any:
        return run_probe("quantization", ProbeContext(run), knobs, {"how": how, **more})

    plain = ask(QuantizationSettings(), images=images)
    evaluation = run.evaluate(knobs)
    np.testing.assert_allclose(plain.page, run.task.predict_proba(run.model, images))
    assert plain.count == EVALUATED_AT_ONCE and plain.size == plain.full and plain.picture.bins == 0
    parts = [ask(QuantizationSettings(), first=first) for first in (0, EVALUATED_AT_ONCE)]
    assert [part.count for part in parts] == [EVALUATED_AT_ONCE, 100]
    assert sum(part.total for part in parts) == round(
        evaluation.metrics["accuracy"] * (EVALUATED_AT_ONCE + 100)
    )

    how = QuantizationSettings(2, EQUAL, pruned=0.5)
    coarse = ask(how, images=images)
    np.testing.assert_array_equal(run.arena.theta, theta)
    with run.with_weights(quantize(run.arena.layout, theta, how).theta):
        np.testing.assert_allclose(coarse.page, run.task.predict_proba(run.model, images))
    assert coarse.size < plain.size / 10
    assert coarse.picture.counts.sum() == coarse.kept == 784 * 13
    assert coarse.picture.bins == 4 and coarse.picture.hole > 0
    run.arena.theta[:] *= 2  # other weights have other bins
    assert ask(how).picture.ends[1] == pytest.approx(2 * coarse.picture.ends[1])
