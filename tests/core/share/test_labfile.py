"""A lab goes into a small file and comes out the same, in another home, ready to go on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import LabError, RecordError
from core.record.lineage import Lineage
from core.record.reader import RunFile
from core.runtime import protocol as say
from core.share.export_lab import export_lab
from core.share.import_lab import write_record
from core.share.lab import Lab
from core.share.lab_file import pack, unpack
from core.share.script import export_script
from core.share.size_limit import LIMIT
from core.share.weights_hash import weights_sha256
from core.training.metrics import Evaluation
from core.training.trainer import Trainer
from tests.core.share.recording import Desk

CHAPTER = "learning"


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    """A run of 120 mini-batches with a knob turned, then a fork of it after 80, 40 more."""
    desk = Desk(CHAPTER, seed=3)
    desk.train(50)
    desk.turn("lr", 0.05)
    desk.train(70)
    desk.session.handle(say.Pause(1))
    desk.finish()
    fork = Desk(CHAPTER, say.Origin(record=str(desk.path), step=80), seed=3, lr=0.002)
    fork.train(40)
    return fork.told()


def _saved(lab: Lab, folder: Path, limit: int = LIMIT) -> Path:
    path = folder / "mine.hdllab"
    path.write_bytes(pack(lab, limit)[0])
    return path


def test_knobs_curve_moment_and_weights_come_back(told: dict[str, object], tmp_path: Path) -> None:
    record = Path(str(told["path"]))
    lab = export_lab(record, moment=60, window=b"panels")
    path = _saved(lab, tmp_path)
    assert path.stat().st_size < LIMIT
    again = unpack(path)
    assert (again.chapter, again.step, again.window) == (CHAPTER, 120, b"panels")
    assert again.seeded and again.whole and not again.thinned
    assert weights_sha256(again.theta) == told["theta"]
    laid = write_record(again, tmp_path)
    assert write_record(again, tmp_path) == laid
    assert list(tmp_path.glob("*.sqlite3")) == [laid] and not list(tmp_path.glob(".*"))
    with Lineage(record) as before, RunFile(laid) as after:
        for name, column in before.curves().items():
            assert np.allclose(after.curves()[name], column, rtol=1e-6, equal_nan=True)
        assert np.array_equal(after.curves()["loss"], before.curves()["loss"])
        for name in ("step", "loss", "accuracy"):
            unique = np.unique(before.evaluations()["step"], return_index=True)[1]
            old, new = before.evaluations()[name], after.evaluations()[name]
            assert len(new) == len(unique) and set(new) <= set(old)
        for step in (1, 50, 51, 80, 81, 120):
            assert after.knobs_at(step) == before.knobs_at(step)
        shown, then = before.seek(60), after.seek(60)
        assert again.moment == then.step == shown.step
        assert np.array_equal(then.theta, shown.theta)
        old, new = before.evaluation(60), after.evaluation(60)
        assert isinstance(old, Evaluation) and isinstance(new, Evaluation) and old.step == new.step
        assert np.array_equal(old.classification.predictions, new.classification.predictions)
        assert np.array_equal(old.classification.confusion, new.classification.confusion)


def test_it_goes_on_and_back_bit_for_bit_and_as_a_script(
    told: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Path(str(told["path"]))
    laid = write_record(unpack(_saved(export_lab(record), tmp_path)), tmp_path)
    ends = []
    for path in (record, laid):
        fork = Desk(CHAPTER, say.Origin(record=str(path), step=120), seed=3, lr=0.002)
        fork.train(30)
        ends.append(fork.told())
    assert ends[0]["theta"] == ends[1]["theta"] and ends[0]["losses"] == ends[1]["losses"]
    early = Desk(CHAPTER, say.Origin(record=str(laid), step=97), seed=3, lr=0.002)
    early.train(23)
    assert early.finish() == told["theta"]
    script = export_script(laid)
    assert not script.required_records
    exec(compile(script.text, "script", "exec"), {})
    said = capsys.readouterr().out
    assert said.count("as recorded") == 2 and str(told["theta"]) in said


def test_with_a_lesson_it_goes_on_from_its_end_only(tmp_path: Path) -> None:
    desk = Desk(CHAPTER)
    desk.train(10)
    arena = desk.session.run.arena
    for parameter in arena.layout.views(arena.theta).values():
        parameter += 1
    desk.session._recorder.on_lesson()
    desk.train(10)
    desk.session.handle(say.Play(1))
    desk.session.handle(say.Pause(1))
    told = desk.told()
    lab = unpack(_saved(export_lab(desk.path), tmp_path))
    assert not lab.seeded
    laid = write_record(lab, tmp_path)
    with RunFile(laid) as film:
        assert film.checkpoints.tolist() == [lab.step]
        assert film.curves()["loss"].tolist() == told["losses"][: lab.step]  # type: ignore[index]
    assert export_script(laid).required_records == (laid.name,)
    with pytest.raises(RecordError, match=r"no earlier state than its last\. Choose"):
        export_script(laid, 5)


def _grown(lab: Lab, steps: int, looks: int) -> Lab:
    """The same lab after many more mini-batches of noise."""
    rng = np.random.default_rng(0)
    curves = {name: rng.random(steps) for name in lab.curves}
    curves["step"] = np.arange(1.0, steps + 1)
    curves["samples"] = curves["step"] * 64
    look = lab.looks[-1]
    report = look.classification
    assert report is not None
    many = tuple(
        replace(
            look, step=round((k + 1) * steps / looks), epoch=0.0, loss=float(rng.random()),
            metrics={"accuracy": 0.5},
            reports=(replace(report, predictions=rng.integers(0, 2, len(report.predictions))),),
        )
        for k in range(looks)
    )  # fmt: skip
    state = {**lab.state, "step": steps, "samples": 64 * steps}
    return Lab(**{**vars(lab), "curves": curves, "looks": many, "state": state, "moment": None})


def test_a_long_run_is_thinned_until_it_fits(told: dict[str, object], tmp_path: Path) -> None:
    lab = _grown(export_lab(Path(str(told["path"]))), 400_000, 300)
    path = _saved(lab, tmp_path)
    assert 0.6 * LIMIT < path.stat().st_size < LIMIT
    again = unpack(path)
    steps = again.curves["step"]
    assert again.thinned and len(steps) > 40_000
    assert steps[0] == 1 and steps[-1] == 400_000
    assert (np.diff(steps)[-len(steps) // 5 :] == 1).all(), "the last part is whole"
    early = np.diff(steps)[: len(steps) // 2]
    assert early[0] == 1 and early.max() > 5, "the beginning is densest"
    best = min(lab.looks, key=lambda look: look.loss)
    assert {best.step, 400_000} <= {look.step for look in again.looks}
    laid = write_record(again, tmp_path)
    assert "losses=" not in export_script(laid).text


def test_without_room_the_optimiser_begins_empty(tmp_path: Path) -> None:
    desk = Desk(CHAPTER, optimizer=5, seed=3)
    desk.train(20)
    desk.session.handle(say.Play(1))
    desk.session.handle(say.Pause(1))
    desk.finish()
    lab = export_lab(desk.path)
    assert any(key.startswith("optimizer.") and np.any(value) for key, value in lab.state.items())
    whole, _ = pack(lab)
    data, kept = pack(lab, 30_000)
    assert len(data) < len(whole) and not kept.whole
    path = tmp_path / "small.hdllab"
    path.write_bytes(data)
    again = unpack(path)
    assert weights_sha256(again.theta) == weights_sha256(lab.theta)
    run = Trainer(chapter(CHAPTER).task, chapter(CHAPTER).defaults())
    run.load_state_dict(again.state)
    assert run.optimizer.steps == 0 and run.step == lab.step
    write_record(again, tmp_path)


def test_what_is_no_run_is_a_sentence(told: dict[str, object], tmp_path: Path) -> None:
    lab = export_lab(Path(str(told["path"])))
    other = Lab(**{**vars(lab), "classes": 26})
    with pytest.raises(RecordError, match=r"tested on different data .* Load that"):
        write_record(other, tmp_path)
    bad = Lab(**{**vars(lab), "state": {**lab.state, "order.next": 10**9}})
    with pytest.raises(LabError, match="damaged"):
        write_record(bad, tmp_path)
    with pytest.raises(LabError, match=r"could not be written .* Make room"):
        write_record(lab, tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []
