"""Stores stay within their bounds and evenly spread; a disk that refuses is no harm to training."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.record import location
from core.record.pruning import linear_scale, log_scale, steps_to_drop
from core.record.recorder import TimeBudget
from core.record.store import Store
from tests.core.record.runs import Recorded, digest


def test_an_allowance_is_a_share_of_training_and_something_at_once() -> None:
    purse = TimeBudget(0.01, 0.5)
    purse.spent = 0.6
    assert not purse.affords(9) and purse.affords(11)
    with purse.spending():
        sum(range(1000))
    assert 0.6 < purse.spent < 1


def test_nothing_goes_while_everything_fits() -> None:
    assert steps_to_drop({1: 10, 2: 10, 3: 10}, 30, linear_scale) == []


def test_what_is_left_of_a_long_run_is_log_spaced() -> None:
    sizes: dict[int, int] = {}
    for step in range(0, 20_000, 5):
        sizes[step] = 100
        for gone in steps_to_drop(sizes, 20_000, log_scale):
            del sizes[gone]
    left = np.array(sorted(sizes))
    assert left[0] == 0 and left[-1] == 19_995 and 170 <= len(left) <= 200
    ratios = np.diff(np.log(left[left > 200]))
    assert ratios.max() < 5 * np.median(ratios)
    assert np.diff(left).max() > 100 * np.diff(left)[1]


def test_what_is_left_to_go_on_from_is_evenly_spaced_and_pinned_ones_stay() -> None:
    sizes: dict[int, int] = {}
    for step in range(0, 3000, 3):
        sizes[step] = 100
        for gone in steps_to_drop(sizes, 2000, linear_scale, {0, 303}):
            del sizes[gone]
    left = sorted(sizes)
    assert 303 in left and left[0] == 0 and left[-1] == 2997 and 15 <= len(left) <= 20
    assert max(np.diff(left)) < 3000 / 5


def test_the_file_does_not_outgrow_its_stores(tmp_path: Path) -> None:
    store = Store(tmp_path / "small.sqlite3", snapshot_bytes=200_000, checkpoint_bytes=200_000)
    for step in range(300):
        store.put_snapshot(step, bytes(10_000))
        store.put_checkpoint(step, {"zeros": np.zeros(20_000, np.uint8)})
        store.commit()
    store.close()
    assert (tmp_path / "small.sqlite3").stat().st_size < 1_000_000


def _fill_disk(film: Recorded) -> None:
    writer = film.recorder._store
    assert writer is not None
    store = writer._store
    ((pages,),) = store._file.execute("PRAGMA page_count")
    store._file.execute(f"PRAGMA max_page_count = {pages + 2}")


def test_a_full_disk_is_said_once_and_training_goes_on_unrecorded(tmp_path: Path) -> None:
    film, free = Recorded(tmp_path), Recorded(tmp_path)
    film.train(5)
    _fill_disk(film)
    film.train(60)
    free.train(65)
    assert len(film.said) == 1 and "full" in film.said[0] and "Training goes on" in film.said[0]
    assert film.run.step == 65 and film.recorder.path is None
    assert digest(film.run) == digest(free.run), "recording never changes what is learnt"
    film.recorder.close()
    free.recorder.close()


def test_a_folder_that_refuses_is_said_once(tmp_path: Path) -> None:
    film = Recorded(tmp_path / "absent")
    film.train(5)
    assert film.run.step == 5 and len(film.said) == 1 and not film.paths
    film.recorder.close()


def test_a_nearly_full_disk_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    film = Recorded(tmp_path)
    film.train(5)
    assert "512 MB" in film.said[0] and not list(tmp_path.iterdir())


def test_an_abandoned_beginning_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Store, "put_checkpoint", refuse)
    film = Recorded(tmp_path)
    film.train(2)
    assert "disk I/O error" in film.said[0] and not list(tmp_path.iterdir())
