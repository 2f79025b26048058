"""Two forks from one moment on the same mini-batches, in a process that can be stopped."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.chapters.registry import chapter
from core.diagnosis.ab_run import ComparisonPlan, compare, plan_comparison
from core.diagnosis.comparison import Comparison
from core.diagnosis.hint import Fix
from core.errors import LabError
from core.kernels.engine import use_engine
from core.runtime.headless import HeadlessTrainer, RecordOptions
from tests.benchmarks.hints import Deaf

DIGITS = chapter("digits")


@pytest.fixture(scope="module")
def slow_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    """Recorded, with a rate that is far too small; one can go on from its beginning and its end.

    States on the way are kept by the clock: one shortly before the end would stand in for it.
    """
    knobs = DIGITS.defaults().with_values(lr=1e-5)
    with pytest.MonkeyPatch.context() as patch, use_engine("fast"):
        patch.setattr("core.record.recorder._CHECKPOINT_EVERY", math.inf)
        run = HeadlessTrainer(
            DIGITS,
            knobs,
            Deaf(),
            recording=RecordOptions(tmp_path_factory.mktemp("runs")),
            steps=80,
        )
        run.train()
    assert run.record is not None
    return run.record, dict(knobs)


def plan(slow_run: tuple[Path, dict[str, float]], fix: Fix, steps: int = 48) -> ComparisonPlan:
    record, values = slow_run
    return ComparisonPlan("digits", record, values, fix, 80, steps, seen=500)


def test_both_begin_alike_and_the_cure_shows(slow_run: tuple[Path, dict[str, float]]) -> None:
    with use_engine("fast"):
        pairs = list(compare(plan(slow_run, Fix({"lr": 0.05}))))
    assert pairs[0].control == pairs[0].treated
    assert [pair.step for pair in pairs] == list(range(80, 129, 4)), (
        "from the moment, not the start"
    )
    assert pairs[-1].treated < 0.9 * pairs[-1].control
    assert {pair.samples for pair in pairs} == {500}


def test_the_same_mini_batches(slow_run: tuple[Path, dict[str, float]]) -> None:
    """A fix that changes nothing gives the same losses to the last bit, with a restart too."""
    for restart in (False, True):
        with use_engine("fast"):
            pairs = list(compare(plan(slow_run, Fix({"lr": 1e-5}, restart), 24)))
        assert all(pair.control == pair.treated for pair in pairs)
        assert pairs[0].step == (0 if restart else 80)


def test_what_leaves_the_numbers_is_infinite(slow_run: tuple[Path, dict[str, float]]) -> None:
    record, values = slow_run
    wild = {**values, "lr": 2.0, "momentum": 0.99}
    fix = Fix({"lr": 0.05, "momentum": 0.9}, restart=True)
    with use_engine("fast"):
        pairs = list(compare(ComparisonPlan("digits", record, wild, fix, 80, 60, seen=200)))
    assert pairs[-1].treated < pairs[-1].control


def test_a_record_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    values = dict(DIGITS.defaults())
    nothing = plan_comparison("digits", tmp_path / "gone.sqlite3", values, Fix({}), 5)
    with pytest.raises(LabError):
        list(compare(nothing))


def until(proof: Comparison, done: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not done():
        proof.poll()
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def test_a_proof_runs_elsewhere_and_comes_to_a_verdict(
    slow_run: tuple[Path, dict[str, float]],
) -> None:
    proof = Comparison(plan(slow_run, Fix({"lr": 0.05})))
    assert proof.proven is None and proof.share == 0
    proof.start()
    until(proof, lambda: not proof.running)
    assert proof.problem == "" and proof.proven is True and proof.gain > 0.1
    assert proof.share == 1 and len(proof.pairs) == 13


def test_a_proof_can_be_stopped_at_any_time(slow_run: tuple[Path, dict[str, float]]) -> None:
    proof = Comparison(plan(slow_run, Fix({"lr": 0.05}), 1_000_000))
    proof.start()
    until(proof, lambda: len(proof.pairs) > 0)
    began = time.monotonic()
    proof.cancel()
    until(proof, lambda: not proof.running)
    assert time.monotonic() - began < 5 and proof.proven is None and proof.problem == ""


def test_a_process_that_dies_is_a_sentence(slow_run: tuple[Path, dict[str, float]]) -> None:
    proof = Comparison(plan(slow_run, Fix({"lr": 0.05}), 1_000_000))
    proof.start()
    assert proof._worker is not None
    proof._worker._process.kill()
    until(proof, lambda: not proof.running)
    assert "ended" in proof.problem and proof.proven is None
