"""Reports go into a record and come out again, whatever the task; hostile ones are refused."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

from core.errors import RecordError
from core.record.reader import RunFile
from core.record.report_codec import (
    pack_report,
    sampled_report,
    smallest_unsigned,
    unpack_report,
)
from core.record.store import Store
from core.training.metrics import Evaluation
from core.training.reports import (
    MOST_CONFUSED,
    ClassificationReport,
    ImageGridReport,
    RegressionReport,
    Report,
    SurfaceReport,
    TextReport,
)
from tests.core.record.runs import Recorded

SAMPLE = np.arange(0, 60, 2)


def _classes(count: int, margin: bool = False) -> ClassificationReport:
    rng = np.random.default_rng(count)
    predictions = rng.integers(0, count, 60)
    confused = count if count <= MOST_CONFUSED else 0
    confusion = np.zeros((confused, confused), np.int64)
    if confused:
        np.add.at(confusion, (rng.integers(0, count, 60), predictions), 1)
    scores = rng.standard_normal(60).astype("f4") if margin else np.empty(0, "f4")
    confidence = np.round(rng.random(60) * 255).astype("f4") / np.float32(255)
    return ClassificationReport(predictions, confidence, confusion, scores, 0.25 * margin)


def _regression() -> RegressionReport:
    rows = np.random.default_rng(0).standard_normal((2, 60, 2)).astype("f4")
    return RegressionReport(*rows)


REPORTS: dict[str, tuple[Report, int]] = {
    "two classes": (_classes(2, margin=True), 2),
    "26 classes": (_classes(26), 26),
    "300 classes": (_classes(300), 300),
    "more classes than are confused": (_classes(MOST_CONFUSED + 1), MOST_CONFUSED + 1),
    "numbers": (_regression(), 0),
    "text": (TextReport("Das ö", ("war, wie 文字,", "")), 0),
    "surface": (SurfaceReport(np.linspace(-1, 1, 24, dtype="f4").reshape(1, 4, 6), (-1.0, 0.0),
                              (1.0, 2.5)), 0),
    "steep surface": (SurfaceReport(np.full((2, 3, 3), 1e30, "f4"), (0.0, 0.0), (1.0, 1.0)), 0),
    "grey pictures": (ImageGridReport(np.arange(60, dtype="u1").reshape(5, 4, 3)), 0),
    "colour pictures": (ImageGridReport(np.arange(72, dtype="u1").reshape(2, 3, 4, 3)), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_comes_back(name: str) -> None:
    report, classes = REPORTS[name]
    kept = sampled_report(report, SAMPLE)
    blob = pack_report(kept)
    assert blob is not None and len(blob) < 20_000
    found = unpack_report(report.kind, blob, classes, SAMPLE)
    assert type(found) is type(report)
    for field, was in vars(kept).items():
        now = getattr(found, field)
        if not isinstance(was, np.ndarray):
            assert now == was, field
            continue
        assert now.shape == was.shape and now.dtype == was.dtype, field
        np.testing.assert_allclose(now, was, atol=1e-3 if field == "values" else 0)


def test_whole_numbers_take_the_smallest_type_that_fits() -> None:
    for most, kind in ((255, "u1"), (256, "u2"), (65_535, "u2"), (65_536, "u4")):
        assert smallest_unsigned(np.array([0, most])).dtype == kind
    blob = pack_report(sampled_report(_classes(300), SAMPLE))
    assert blob is not None and load(zlib.decompress(blob))["predictions"].dtype == np.uint16


def test_of_many_numbers_fewer_samples_are_kept_and_of_many_pictures_the_first() -> None:
    wide = np.zeros((1000, 300), "f4")
    kept = sampled_report(RegressionReport(wide, wide), np.arange(1000))
    assert isinstance(kept, RegressionReport) and len(kept.predictions) == 7
    assert set(kept.numbers.tolist()) <= set(range(1000))
    blob = pack_report(ImageGridReport(np.zeros((3000, 28, 28), np.uint8)))
    assert blob is not None
    found = unpack_report("images", blob, 0, SAMPLE)
    assert isinstance(found, ImageGridReport) and len(found.images) == 2**20 // 784
    assert pack_report(SurfaceReport(np.zeros((1, 2000, 2), "f4"), (0.0, 0.0), (1.0, 1.0))) is None


def test_an_unknown_kind_is_left_out() -> None:
    assert unpack_report("smell", b"?", 0, SAMPLE) is None


def _blob(**arrays: NDArray[Any]) -> bytes:
    return zlib.compress(save({k: np.ascontiguousarray(v) for k, v in arrays.items()}))


def _changed(name: str, **arrays: NDArray[Any]) -> tuple[str, bytes, int]:
    """The blob of a report with other arrays in it."""
    report, classes = REPORTS[name]
    packed = pack_report(sampled_report(report, SAMPLE))
    assert packed is not None
    return report.kind, _blob(**{**load(zlib.decompress(packed)), **arrays}), classes


U1, F4 = np.uint8, np.float32
HOSTILE: dict[str, tuple[str, bytes, int]] = {
    "no deflate": ("text", b"hello", 0),
    "bomb": ("text", zlib.compress(bytes(2**26), 9), 0),
    "cut": ("images", _changed("grey pictures")[1][:-9], 0),
    "endless head": ("text", zlib.compress(b"\xff" * 64), 0),
    "nothing": ("regression", _blob(), 0),
    "too high a class": _changed("26 classes", predictions=np.full(30, 26, U1)),
    "other samples": _changed("26 classes", predictions=np.zeros(29, U1)),
    "signed classes": _changed("26 classes", predictions=np.full(30, -1, np.int8)),
    "another confusion": _changed("26 classes", confusion=np.zeros((2, 2), U1)),
    "no bias": _changed("two classes", bias=np.zeros(0)),
    "other margins": _changed("two classes", margin=np.zeros(3, F4)),
    "far cells": _changed("300 classes", cells=np.array([90_000], np.uint32),
                          counts=np.ones(1, U1)),
    "fewer counts": _changed("300 classes", counts=np.ones(1, U1)),
    "foreign samples": _changed("numbers", samples=np.arange(1, 61, 2).astype(np.uint32)),
    "other targets": _changed("numbers", targets=np.zeros((30, 5), F4)),
    "flat numbers": _changed("numbers", predictions=np.zeros(30, F4)),
    "no list": _changed("text", texts=np.frombuffer(b'{"a": 1}', U1)),
    "deep list": _changed("text", texts=np.frombuffer(b"[" * 100_000, U1)),
    "numbers for texts": _changed("text", texts=np.frombuffer(b"[1, 2]", U1)),
    "no characters": _changed("text", prompt=np.frombuffer(b"\xff\xfe", U1)),
    "long prompt": _changed("text", prompt=np.full(20_000, 65, U1)),
    "flat surface": _changed("surface", values=np.zeros((4, 6), F4)),
    "vast surface": _changed("surface", values=np.zeros((1, 2000, 1), F4)),
    "corner of none": _changed("surface", low=np.array([np.nan, 0.0])),
    "inside out": _changed("surface", low=np.array([5.0, 0.0])),
    "whole surface": _changed("surface", values=np.zeros((1, 4, 6), U1)),
    "wide bytes": _changed("grey pictures", images=np.zeros((2, 4, 3), np.uint16)),
    "two colours": _changed("colour pictures", images=np.zeros((2, 2, 4, 3), U1)),
    "many pictures": _changed("grey pictures", images=np.zeros((3000, 28, 28), U1)),
    "surer than sure": _changed("26 classes", confidence=np.full(30, 65_535, np.uint16)),
    "endless counts": _changed("26 classes", confusion=np.full((26, 26), 2**63, np.uint64)),
    "endless cells": _changed("300 classes", cells=np.array([1], np.uint32),
                              counts=np.array([2**63], np.uint64)),
    "surface of nothing": _changed("surface", values=np.zeros((0, 4, 6), F4)),
    "half a character": _changed("text", texts=np.frombuffer(rb'["\ud800"]', U1)),
    "line of bytes": _changed("grey pictures", images=np.zeros(9, U1)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_blob_is_refused_in_a_sentence(name: str) -> None:
    kind, blob, classes = HOSTILE[name]
    with pytest.raises(RecordError, match=rf"\({kind}\) is damaged: .+\.$"):
        unpack_report(kind, blob, classes, SAMPLE)


def test_a_record_with_a_hostile_report_says_so_and_shows_the_rest(tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(20)
    film.recorder.close()
    with closing(sqlite3.connect(film.path, isolation_level=None)) as file:
        file.execute("UPDATE reports SET blob = ? WHERE step = 14", [_blob(x=np.zeros(3))])
    with RunFile(film.path) as read:
        assert read.evaluation(7) is not None and len(read.curves()["step"]) == 20
        with pytest.raises(RecordError, match=rf"{film.path.name}.*classification.*damaged"):
            read.evaluation(14)


@pytest.mark.parametrize("edit", [
    "UPDATE metric_names SET key = 'loss' WHERE number = 0",
    "UPDATE metric_names SET better = 'sideways'",
    "UPDATE metric_names SET key = 'top2'",
    "UPDATE run SET spec = '[1]'",
    "UPDATE run SET spec = '{\"shape\": [-1]}'",
    "UPDATE run SET spec = '{\"vocabulary\": \"many\"}'",
])  # fmt: skip
def test_metrics_and_data_that_no_run_has_are_refused(edit: str, tmp_path: Path) -> None:
    film = Recorded(tmp_path)
    film.train(3)
    film.recorder.close()
    with closing(sqlite3.connect(film.path, isolation_level=None)) as file:
        file.execute(edit)
    with pytest.raises(RecordError, match=film.path.name):
        RunFile(film.path)


def test_reports_stay_within_their_bounds_and_numbers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.sqlite3"
    store = Store(path, report_bytes=100_000)
    noise = np.random.default_rng(0).integers(0, 256, (5, 20, 20), np.uint8)
    for step in range(300):
        report = ImageGridReport(noise)
        store.add_evaluation(Evaluation(step, 0.0, 1.0, {"mae": 0.5}, (report,)), 0.0)
    store.close()
    with closing(sqlite3.connect(path)) as file:
        (steps,) = zip(*file.execute("SELECT step FROM reports ORDER BY step"), strict=True)
        ((numbers,),) = file.execute("SELECT count(*) FROM metrics")
    assert steps[0] == 0 and steps[-1] == 299 and 35 <= len(steps) <= 55 and numbers == 300
