"""Neighbours are the nearest there are; a map keeps what differs most, and lies still."""

from dataclasses import replace

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.features.nearest_neighbors import nearest_neighbors, penultimate_features
from core.inspect.features.projection import (
    PIXELS,
    _fewer,
    principal_components,
    procrustes_align,
    project_samples,
    scale_to_unit_radius,
)
from core.inspect.model_copy import ProbeContext
from core.inspect.subset import evenly_spaced
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(5)


def run_of(key: str, count: int = 700) -> Trainer:
    drawn = chapter(key)
    classes = ("3", "7") if key == "learning" else tuple("0123456789")
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = RNG.integers(0, 256, (count, 16, 16))
    labels = (np.arange(count) % len(classes)).astype(np.uint8)
    data = Split(*(Dataset.from_images("noise", images, labels, classes) for _ in range(2)))
    return Trainer(replace(drawn.task, data=lambda knobs: data), drawn.defaults())


@pytest.fixture(scope="module")
def run() -> Trainer:
    return run_of("digits")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_nearest_are_those_of_the_whole_table(run: Trainer, metric: str) -> None:
    context = ProbeContext(run)
    picture = run.data.test.images[3]
    rows = penultimate_features(ProbeContext(run).network(), run.data.train.images).astype(
        np.float64
    )
    row = rows[3]
    if metric == "cosine":
        apart = 1 - rows @ row / np.linalg.norm(rows, axis=1) / np.linalg.norm(row)
    else:
        apart = np.linalg.norm(rows - row, axis=1)
    found = nearest_neighbors(context, picture, 6, metric)  # type: ignore[arg-type]
    assert found.done == found.total == 700 and found.current and not found.pixels
    assert found.numbers[0] == 3
    assert np.allclose(found.distances, np.sort(apart)[:6], atol=2e-3)
    assert found.probs.sum() == pytest.approx(1, abs=1e-4)


def test_pieces_come_together_and_other_weights_begin_anew() -> None:
    run = run_of("digits")
    context = ProbeContext(run)
    picture = run.data.test.images[0]
    first = nearest_neighbors(context, picture, seconds=0)
    assert 0 < first.done < first.total
    theta = run.arena.theta.copy()
    run.arena.theta += np.float32(0.01)
    old = nearest_neighbors(context, picture, renew=False)
    assert old.done == old.total and not old.current
    new = nearest_neighbors(context, picture, seconds=0)
    assert new.done < new.total and new.current
    assert np.array_equal(run.arena.theta, theta + np.float32(0.01))


def test_one_neuron_compares_pixels() -> None:
    found = nearest_neighbors(
        ProbeContext(run_of("learning")), RNG.integers(0, 256, (28, 28)).astype(np.uint8)
    )
    assert found.pixels and len(found.probs) == 2


def test_components_are_those_of_the_whole_decomposition() -> None:
    rows = (RNG.normal(size=(300, 40)) * 0.85 ** np.arange(40)).astype(np.float32)
    found, shares = principal_components(rows, 2)
    left, lengths, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    exact = left[:, :2] * lengths[:2]
    for axis in range(2):
        assert abs(np.corrcoef(found[:, axis], exact[:, axis])[0, 1]) > 0.999
    assert shares == pytest.approx(lengths[:2] ** 2 / (lengths**2).sum(), rel=1e-3)


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (3, 5), (2, 1)])
def test_few_samples_make_a_small_map(shape: tuple[int, int]) -> None:
    found, shares = principal_components(RNG.normal(size=shape).astype(np.float32), 50)
    assert found.shape == (shape[0], 50) and np.isfinite(found).all() and sum(shares) <= 1.001
    assert np.isfinite(scale_to_unit_radius(found[:, :2])).all()


def test_a_turned_and_mirrored_map_is_put_back() -> None:
    places = scale_to_unit_radius(RNG.normal(size=(50, 2)).astype(np.float32))
    turn = np.array([[0.6, 0.8], [0.8, -0.6]], np.float32)
    assert np.allclose(procrustes_align(places @ turn, places), places, atol=1e-5)


def test_sums_with_signs_keep_distances_about() -> None:
    rows = RNG.normal(size=(20, 9000)).astype(np.float32)
    few = _fewer(rows)
    assert few.shape == (20, 4096)
    ratio = np.linalg.norm(few[0] - few[1:], axis=1) / np.linalg.norm(rows[0] - rows[1:], axis=1)
    assert np.abs(ratio - 1).max() < 0.1


def test_every_stage_can_be_mapped_and_the_samples_are_those_of_the_record(run: Trainer) -> None:
    context = ProbeContext(run)
    stages = project_samples(context, most=200).stages
    assert stages[0] == PIXELS and len(stages) >= 3
    for stage in stages:
        found = project_samples(context, stage, deep=stage == PIXELS, most=200)
        assert found.places.shape == (200, 2)
        assert np.sqrt((found.places**2).sum(axis=1).mean()) == pytest.approx(1, abs=1e-3)
        assert found.components.shape == (200, 50 if stage == PIXELS else 0)
        read = run.task.predict_proba(run.model, run.data.test.images[found.numbers])
        assert np.array_equal(found.guesses, read.argmax(axis=1))
    assert np.isin(evenly_spaced(10_000, 1000), evenly_spaced(10_000, 2000)).all()
    with pytest.raises(LabError, match="There are: pixels"):
        project_samples(context, "nowhere")
