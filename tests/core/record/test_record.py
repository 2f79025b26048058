"""What is recorded is read again: whole, while it grows, by several, and by the original's SQL."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.errors import AnomalyError, RecordError
from core.record.reader import RunFile, list_runs
from core.record.schema import STEP_COLUMNS
from tests.core.record.runs import Recorded


def test_a_run_is_read_as_it_happened(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(30)
    film.knobs = film.knobs.with_values(lr=0.01)
    film.train(30)
    film.recorder.on_failure(AnomalyError("Training ran away."))
    film.recorder.close()
    with RunFile(film.path) as read:
        about = read.about
        assert (about.chapter, about.seed, about.parent) == ("robust-letters", 1, None)
        assert about.layout == film.run.arena.layout
        assert about.classes[:2] == ("a", "b") and len(about.sample) == 90
        curves = read.curves()
        assert list(curves) == [*STEP_COLUMNS, "accuracy"]
        keys = [(metric.key, metric.unit, metric.better) for metric in about.metrics]
        assert keys == [("accuracy", "%", "up"), ("top2", "%", "up")]
        assert about.batch_metrics == ("accuracy",)
        assert (about.spec.kind, about.spec.shape, about.spec.targets) == (
            "image",
            (28, 28),
            "int64",
        )
        assert np.array_equal(curves["step"], np.arange(1, 61)) and read.last_step == 60
        assert np.all(np.diff(curves["seconds"]) > 0) and np.all(np.isfinite(curves["gradient"]))
        assert curves["lr"][29] == 0.003 and curves["lr"][30] == 0.01
        assert [(c.step, c.key, c.value) for c in read.knob_changes()] == [(31, "lr", 0.01)]
        assert read.knobs_at(30)["lr"] == 0.003 and read.knobs_at(31)["lr"] == 0.01
        kinds = [event.kind for event in read.events()]
        assert kinds[:2] == ["begin", "computing"] and kinds[-2:] == ["anomaly", "failed"]
        assert {"best", "pause", "epoch"} <= set(kinds)
        looks = read.evaluations()
        assert np.array_equal(looks["step"][:3], [7, 14, 21])
        assert list(looks) == ["step", "epoch", "loss", "seconds", "accuracy", "top2"]
        assert np.all(looks["accuracy"] <= looks["top2"])
        look = read.evaluation(20)
        assert look is not None and look.step == 14 and look.classification.confusion.sum() == 90
        hits = look.classification.predictions == film.run.data.test.labels[about.sample]
        assert (
            look.metrics["accuracy"] == hits.mean()
            and 0 < look.classification.confidence.max() <= 1
        )
        assert read.evaluation(3) is None


def test_a_snapshot_is_the_weights_in_half_precision(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(25)
    film.recorder.close()
    with RunFile(film.path) as read:
        assert read.moments[0] == 0 and read.moments[-1] == 25
        last = read.seek(10**9)
        assert last.step == 25
        np.testing.assert_allclose(last.theta, film.run.arena.theta, rtol=2**-8 + 2**-11, atol=1e-6)
        for step in (0, 7, 25):
            assert read.seek(step).step == min(read.moments, key=lambda s: abs(s - step))


def test_two_read_while_one_writes(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(5)
    with RunFile(film.path) as one, RunFile(film.path) as two:
        assert one.last_step == two.last_step == 5
        assert not one.refresh()
        film.train(5)
        assert one.refresh() and one.last_step == 10
        assert len(one.curves()["step"]) == 10 and two.last_step == 5
        film.train(5)
        assert one.refresh() and two.refresh() and one.last_step == two.last_step == 15
        film.recorder.close()
        assert two.seek(15).step == 15


def test_the_queries_of_the_original_s_notebook_work(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(64)
    film.recorder.close()
    file = sqlite3.connect(f"{film.path.as_uri()}?mode=ro", uri=True)
    file.row_factory = sqlite3.Row
    start = file.execute("SELECT max(startID) FROM training").fetchone()[0]
    training = file.execute(f"SELECT * from training where startID={start}").fetchall()
    wanted = {"startID", "batchno", "epoch", "time", "elapsed", "cputime", "corperc", "avgloss",
              "batchsize", "lr", "momentum"}  # fmt: skip
    assert set(training[0].keys()) == wanted
    assert [row["batchno"] for row in training] == list(range(1, 65))
    assert [row["batchsize"] for row in training[36:39]] == [16, 8, 16]  # 600 letters an epoch
    assert training[0]["momentum"] == 0.9 and 0 <= training[0]["corperc"] <= 100
    validation = file.execute("SELECT * from validation").fetchall()
    assert {"startID", "batchno", "cputime", "corperc", "avgloss"} <= set(validation[0].keys())
    picked = file.execute(
        f"SELECT * FROM data where startID={start} and name='c1' and "
        "idx=2 and subname='filter' order by batchno"
    ).fetchall()
    assert len(picked) == 33 * 9  # each of the first 32 batches, then each 32nd
    kernel = film.run.arena.layout.views(film.run.arena.theta)["0.weight"][2, 0]
    last = {(row["row"], row["col"]): row["val"] for row in picked[-9:]}
    assert picked[-1]["batchno"] == 64 and last == {
        (r, c): float(kernel[r, c]) for r in range(3) for c in range(3)
    }
    assert {row["grad"] for row in picked[-9:]} != {0.0}
    names = set(map(tuple, file.execute("SELECT DISTINCT name, subname FROM data")))
    file.close()
    assert names == {("c1", "filter"), ("c1", "bias"), ("n1", "weights"), ("n1", "bias"),
                     ("fc1", "weights"), ("fc1", "bias")}  # fmt: skip
    with RunFile(film.path) as read:
        trace = read.traces("0.weight")
        assert trace.values.shape == trace.gradients.shape == (33, 36)
        assert trace.values[-1, 0] == film.run.arena.theta[0]


def test_numbers_that_are_none_do_not_stop_the_film(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(3)
    film.run.arena.theta[:2] = np.nan, np.inf
    film.run.step += 1
    film.recorder.on_lesson()
    film.recorder.close()
    with RunFile(film.path) as read:
        theta = read.seek(4).theta
        assert np.isnan(theta[0]) and theta[1] == 65280


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "header", "noise", "table", "layout",
                                    "blob", "none", "newer", "foreign"])  # fmt: skip
def test_a_damaged_file_is_a_sentence(damage: str, tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(12)
    film.recorder.close()
    path = tmp_path / "damaged.sqlite3"
    shutil.copy(film.path, path)
    raw = bytearray(path.read_bytes())
    edits = {
        "table": "ALTER TABLE steps ADD COLUMN more REAL",
        "layout": 'UPDATE run SET layout = \'{"slots": [], "size": -5, "trained": 0}\'',
        "blob": "UPDATE snapshots SET theta = x'00112233'",
        "none": "DELETE FROM run",
        "newer": "PRAGMA user_version = 99",
        "foreign": "PRAGMA application_id = 1",
    }
    if damage in edits:
        file = sqlite3.connect(path)
        file.execute(edits[damage])
        file.commit()
        file.close()
    else:
        rng = np.random.default_rng(1)
        noise = bytes(rng.integers(0, 256, len(raw) - 200, np.uint8))
        parts: dict[str, bytes | bytearray] = {
            "empty": b"", "text": b"hello", "cut": raw[: len(raw) // 3],
            "header": b"x" * 16 + raw[16:], "noise": raw[:200] + noise,
        }  # fmt: skip
        path.write_bytes(parts[damage])
    with pytest.raises(RecordError, match=r"damaged\.sqlite3"), RunFile(path) as read:
        read.evaluation(9)
        read.events()
        for step in read.moments:
            read.seek(step)
        read.checkpoint(12)
    if damage != "blob" and damage != "cut":
        broken = list_runs(tmp_path)[-1]
        assert broken.path == path and broken.problem
    with pytest.raises(RecordError):
        RunFile(tmp_path / "absent.sqlite3")


def test_any_byte_may_be_wrong(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(12)
    film.recorder.close()
    whole = film.path.read_bytes()
    path = tmp_path / "flipped.sqlite3"
    rng = np.random.default_rng(2)
    for _ in range(60):
        raw = bytearray(whole)
        for place in rng.integers(0, len(raw), 40):
            raw[place] ^= int(rng.integers(1, 256))
        path.write_bytes(raw)
        try:
            with RunFile(path) as read:
                read.curves(), read.evaluation(9), read.events(), read.traces("0.weight")
                for step in read.moments[:5]:
                    assert len(read.seek(step).theta) == read.about.layout.size
                read.checkpoint(12)
        except RecordError as error:
            assert "flipped.sqlite3" in str(error)


def test_the_list_names_the_newest_first(tmp_path: Path) -> None:
    for _ in range(2):
        film = Recorded(tmp_path)
        film.train(14)
        film.recorder.close()
    first, second = list_runs(tmp_path)
    assert first.path == film.path and first.age < second.age
    assert (first.last_step, first.problem) == (14, "") and first.bytes > 10_000
    assert 0 <= first.value <= 1


def test_the_end_of_an_epoch_is_a_moment_of_the_film(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.recorder._ratio = 1.0  # few moments: each twice as late as the one before
    film.recorder.lift_time_budget()
    film.train(80)
    film.recorder.close()
    with RunFile(film.path) as read:
        ends = [event.step for event in read.events() if event.kind == "epoch"]
        assert len(ends) == 2 and set(ends) <= set(read.moments.tolist())
        assert len(read.moments) < 30
