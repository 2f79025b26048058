"""A chapter as it is set says nothing: no hint at any time of a run that fares well."""

from pathlib import Path

import pytest

from core.chapters.registry import chapter, chapters
from core.diagnosis.diagnose import diagnose
from core.diagnosis.evidence import class_counts, collect_evidence
from core.inspect.health.dead_units import dead_units
from core.inspect.weights.parameter_history import ParameterHistory
from core.kernels.engine import use_engine
from core.record.lineage import Lineage
from core.runtime.headless import HeadlessTrainer, RecordOptions
from tests.benchmarks.hints import Deaf

STEPS = {"three-or-seven": 97, "learning": 1500, "autograd": 600, "digits": 900,
         "digit-kernels": 150, "one-by-one": 20_000, "line": 160, "plane": 800,
         "colour-lenet": 314, "character-gru": 206}  # fmt: skip
"""Mini-batches; the deep networks for letters take longer for each."""
DEEP = {"letters": 260, "inspection": 260, "robust-letters": 90}
SAME = {"reading": "robust-letters"}
"""Chapters that train the network of another, with its settings: the same run, bit for bit."""


@pytest.mark.parametrize(
    ("key", "steps"),
    [*STEPS.items(), *(pytest.param(*one, marks=pytest.mark.slow) for one in DEEP.items())],
)
def test_default_settings_cause_no_hint(tmp_path: Path, key: str, steps: int) -> None:
    found = chapter(key)
    with use_engine("fast"):
        run = HeadlessTrainer(
            found, found.defaults(), Deaf(), recording=RecordOptions(tmp_path), steps=steps
        )
        run.train()
        alive = dead_units(run.run)
    assert run.record is not None
    counts = class_counts(run.run.data.train)
    metric = found.task.metrics(run.run.data.test)[0]
    for share in (0.1, 0.25, 0.5, 0.75, 1):
        with Lineage(run.record, round(share * run.run.step)) as film:
            history = ParameterHistory(film)
            evidence = collect_evidence(history, found.defaults(), counts, metric, alive)
        assert diagnose(evidence) == (), f"at {share:.0%}"


def test_every_chapter_is_asked() -> None:
    assert {found.key for found in chapters()} == STEPS.keys() | DEEP.keys() | SAME.keys()
    for one, other in ((chapter(key), chapter(same)) for key, same in SAME.items()):
        assert one.task is other.task and one.steps is other.steps
        assert one.defaults() == other.defaults()
