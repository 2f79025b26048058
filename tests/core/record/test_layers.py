"""Norms, gradients, updates and histograms of every parameter are what the run really did."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.errors import RecordError
from core.record import recorder as recording
from core.record.layer_stats import BINS, LayerMeter, histogram_shares
from core.record.reader import RunFile, summarise_record
from core.training.trainer import Trainer
from tests.core.compat.old_files import record
from tests.core.record.runs import Recorded, digest, knobs_of, small_task


def test_norms_are_those_of_weights_gradients_and_their_last_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_ADVANCE", 10.0)  # everything is affordable
    film = Recorded(tmp_path)
    expected: dict[str, list[list[float]]] = {
        "weight_norm": [],
        "gradient_norm": [],
        "update_norm": [],
    }
    for _ in range(32):
        before = film.run.arena.theta.copy()
        film.train(1)
        after, grad = film.run.arena.theta.copy(), film.run.arena.grad.copy()
        for name, vector in zip(expected, (after, grad, after - before), strict=True):
            parts = film.run.arena.layout.views(vector)
            expected[name].append([float(np.linalg.norm(parts[n])) for n in _names(film)])
    film.recorder.close()
    with RunFile(film.path) as read:
        layers = read.layers()
        assert read.version_notice == "" and layers.names == _names(film)
        assert np.array_equal(layers.steps, np.arange(33))
        for name, values in expected.items():
            np.testing.assert_allclose(getattr(layers, name)[1:], values, rtol=1e-5)
        assert np.isnan(layers.update_norm[0]).all() and np.isnan(layers.gradient_norm[0]).all()
        assert not layers.gradient_histograms[0].any() and layers.weight_norm[0, 0] > 0
        later = read.layers(after=30)
        assert later.steps.tolist() == [31, 32]
        assert np.array_equal(later.weight_histograms, layers.weight_histograms[-2:])


def test_a_histogram_is_that_of_numpy_with_rare_numbers_kept(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(3)
    film.recorder.close()
    with RunFile(film.path) as read:
        layers = read.layers()
        which = layers.names.index("5.weight")
        low, high = layers.weight_edges[-1, which]
        weights = film.run.arena.layout.views(film.run.arena.theta)["5.weight"].ravel()
        counts, _ = np.histogram(np.clip(weights, low, high), BINS, (low, high))
        found = layers.weight_histograms[-1, which]
        np.testing.assert_allclose(found, counts / counts.sum(), atol=0.002)
        np.testing.assert_allclose(layers.weight_histograms.sum(axis=-1), 1, rtol=1e-5)
        assert np.array_equal(found > 0, counts > 0)


def test_measuring_neither_changes_what_is_learnt_nor_breaks_on_what_is_none() -> None:
    run = Trainer(small_task("adam"), knobs_of("adam"))
    meter = LayerMeter(run.arena)
    run.arena.grad[0] = np.nan
    run.arena.layout.views(run.arena.theta)["0.bias"][:] = 0
    before = digest(run)
    meter.note(0)
    first, second, *_ = meter.take(1, 0)
    assert first.gradient_norm is None and not any(first.gradients)
    assert second.weight_norm == 0 and second.weight_low == second.weight_high == 0
    assert histogram_shares(np.frombuffer(second.weights, np.uint8)).tolist() == [1.0] + [0.0] * (
        BINS - 1
    )
    assert first.update_norm == 0 and meter.take(2, 1)[0].update_norm is None
    assert digest(run) == before


def test_a_file_of_the_first_version_is_read_and_says_what_it_lacks(tmp_path: Path) -> None:
    path = record("learning", tmp_path)
    file = sqlite3.connect(path)
    for table in ("layers", "pages", "page_readings"):
        file.execute(f"DROP TABLE {table}")
    file.execute("PRAGMA user_version = 1")
    file.close()
    with RunFile(path) as read:
        assert "older version" in read.version_notice and path.name in read.version_notice
        assert read.layers().weight_norm.shape == (0, 0) and read.last_step > 5
        assert not read.pages() and read.page_reading("a page", 5) is None
    file = sqlite3.connect(path)
    file.execute("PRAGMA user_version = 0")
    file.close()
    assert "does not say" in summarise_record(path).problem


@pytest.mark.parametrize("edit", ["DELETE FROM layers WHERE step = 2 AND part = 1",
                                  "UPDATE layers SET weights = x'0011'",
                                  "UPDATE layers SET part = 70 WHERE part = 0"])  # fmt: skip
def test_damaged_layers_are_a_sentence(edit: str, tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(5)
    film.recorder.close()
    file = sqlite3.connect(film.path)
    file.execute(edit)
    file.commit()
    file.close()
    with RunFile(film.path) as read, pytest.raises(RecordError, match="damaged"):
        read.layers()


def _names(film: Recorded) -> tuple[str, ...]:
    return tuple(part.parameter for part in film.recorder._tracer.parts)
