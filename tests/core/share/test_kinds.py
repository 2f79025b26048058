"""A run of each kind of task is recorded, sought, forked bit for bit, shared as a lab and a script.

Kinds: more classes than a byte tells apart, points in the plane, a regression, tokens.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.chapters import registry
from core.record.lineage import Lineage
from core.record.reader import RunFile, summarise_record
from core.runtime import protocol as say
from core.share.export_lab import export_lab
from core.share.import_lab import write_record
from core.share.lab_file import pack, unpack
from core.share.script import export_script
from core.training.metrics import Evaluation
from tests.core.runtime.desk import SessionDesk
from tests.core.share.kinds import KINDS

REPORTS = {
    "many-classes": ["classification"],
    "plane-points": ["classification", "surface"],
    "numbers": ["regression"],
    "tokens": ["text"],
}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry.chapters()
    monkeypatch.setattr(registry, "chapters", lambda: (*known, *KINDS.values()))


def _trained(kind: str, steps: int, origin: say.Origin | None = None) -> SessionDesk:
    desk = SessionDesk(kind, "reference", origin)
    desk.train(steps)
    return desk


def _same(one: Evaluation, other: Evaluation, sample: np.ndarray, tolerance: float) -> None:
    """Equal in numbers and, on the samples that are kept, in reports."""
    assert (one.step, one.loss) == (other.step, other.loss)
    assert one.metrics == pytest.approx(other.metrics, rel=1e-12, nan_ok=True)
    assert sorted(it.kind for it in one.reports) == sorted(it.kind for it in other.reports)
    kept = {it.kind: it for it in other.reports}
    for report in one.reports:
        for field in dataclasses.fields(report):
            left, right = (getattr(it, field.name) for it in (report, kept[report.kind]))
            if field.name == "samples":
                continue
            if not isinstance(left, np.ndarray):
                assert left == right
                continue
            per_sample = field.name in ("predictions", "confidence", "targets", "margin")
            left = left[sample] if per_sample and len(left) > len(right) else left
            assert left.shape == right.shape
            np.testing.assert_allclose(left, right, atol=tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_read_as_it_happened(kind: str) -> None:
    desk = _trained(kind, 20)
    run = desk.session.run
    found = run.evaluate(desk.session._knobs())
    desk.session.on_evaluation(found)  # by hand, at a step that training did not look at
    desk.finish()
    with RunFile(desk.path) as film:
        about, test = film.about, run.data.test
        assert about.metrics[: len(found.metrics)] == run.task.metrics(test)
        assert (about.classes, about.spec.kind) == (test.classes, test.spec.kind)
        assert about.spec.shape == test.spec.shape
        assert about.spec.target_shape == test.targets.shape[1:]
        looks, curves = film.evaluations(), film.curves()
        assert {0, 7, 14, 20} <= set(looks["step"].tolist()) and len(curves["step"]) == 20
        for metric in run.task.evaluator.batch_metrics:
            assert np.isfinite(curves[metric.key]).all()
        read = film.evaluation(20)
        assert read is not None and [it.kind for it in read.reports] == REPORTS[kind]
        _same(found, read, about.sample, 1 / 255 + 1e-3)
        earlier = film.evaluation(19)
        assert earlier is not None and 14 <= earlier.step < 20
        assert film.seek(10**6).step == film.moments[-1]
    summary = summarise_record(desk.path)
    first = about.metrics[0].key
    assert summary.metric == about.metrics[0] and summary.value == found.metrics[first]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fork_is_the_same_run_and_reads_as_one_film(kind: str) -> None:
    desk = _trained(kind, 30)
    theta = desk.finish()
    fork = _trained(kind, 18, say.Origin(record=str(desk.path), step=12))
    assert fork.finish() == theta
    with Lineage(fork.path) as film, RunFile(desk.path) as before:
        whole, parent = film.curves(), before.curves()
        for name in set(parent) - {"seconds"}:
            assert np.array_equal(whole[name], parent[name], equal_nan=True), name


@pytest.mark.parametrize("kind", KINDS)
def test_a_lab_and_a_script_bring_it_back(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = _trained(kind, 25)
    desk.session.handle(say.SaveState(1, 1))
    desk.finish()
    path = tmp_path / "mine.hdllab"
    path.write_bytes(pack(export_lab(desk.path))[0])
    laid = write_record(unpack(path), tmp_path)
    with RunFile(desk.path) as before, RunFile(laid) as after:
        assert (after.about.metrics, after.about.batch_metrics, after.about.spec) == (
            before.about.metrics, before.about.batch_metrics, before.about.spec,
        )  # fmt: skip
        for name, column in before.curves().items():
            assert np.allclose(after.curves()[name], column, rtol=1e-6, equal_nan=True), name
        for step in (7, 21):
            one, other = before.evaluation(step), after.evaluation(step)
            assert one is not None and other is not None
            _same(one, other, np.arange(0), 1e-6)
        end = before.last_step
    ends = []
    for record in (desk.path, laid):
        ends.append(_trained(kind, 5, say.Origin(record=str(record), step=end)).finish())
    assert ends[0] == ends[1]
    exec(compile(export_script(laid).text, "script", "exec"), {})
    assert capsys.readouterr().out.count("as recorded") == 2
