"""A race is fair, notices every mishap, and can be stopped at any moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import LabError
from core.record.reader import RunFile, list_runs
from core.runtime.headless import train_headless
from core.search.messages import Finished, RunEnded, RunOptions, RunValidated, StepsTrained
from core.search.race import Race
from core.search.run_status import RunStatus
from core.search.summary import mean_curve, summarise_setting
from tests.core.search.races import Polled, finished, terms, until

ROOT = Path(__file__).resolve().parents[3]
LONG = {"lr": 1e-6, "stop_at": 1.0, "validate_every": 2000.0, "epochs": 100.0}


def test_the_same_curves_alone_and_in_a_race_and_mean_and_spread(
    tmp_path: Path, begun: list[Polled]
) -> None:
    settings = [{"lr": 0.01}, {"lr": 0.2, "batch_size": 8.0}]
    race = Race("learning", settings, [1, 2], {"margin": 1.0}, terms(tmp_path), 2)
    begun.append(race)
    race.start()
    events = finished(race)
    assert events[-1] == Finished() and not race.running and race.poll() == []
    assert [run.state for run in race.runs] == ["done"] * 4
    for run in race.runs:
        assert run.record is not None and run.step == 60
        knobs = chapter("learning").defaults().with_values(**run.values)
        assert knobs["margin"] == 1.0
        alone: list[float] = []

        def hear(
            epoch: float, loss: float, metrics: object, tested: bool, to: list[float] = alone
        ) -> None:
            if not tested:
                to.append(loss)

        train_headless(chapter("learning"), knobs, hear, race.options.computing, steps=60)
        assert np.array_equal(run.curve.column("loss"), alone)
        with RunFile(run.record) as film:
            assert np.array_equal(film.curves()["loss"], alone)
            assert np.array_equal(film.evaluations()["accuracy"], run.tested.column("accuracy"))
            assert film.about.seed == run.values["seed"]
    first, second = race.summaries()
    assert first.values == settings[0] and (first.runs, second.runs) == ((0, 2), (1, 3))
    both = [race.runs[i].curve.column("loss") for i in first.runs]
    assert np.allclose(first.trained["loss"].mean, np.mean(both, axis=0))
    assert np.allclose(first.trained["loss"].spread, np.std(both, axis=0, ddof=1))
    ends = [race.runs[i].metrics["accuracy"] for i in second.runs]
    assert second.final["accuracy"] == (np.mean(ends), np.std(ends, ddof=1)) and second.done == 2


def test_one_that_breaks_is_a_sentence_and_the_others_go_on(
    tmp_path: Path, begun: list[Polled]
) -> None:
    race = Race("learning", [{"first": 7.0}, {}], None, None, terms(tmp_path), 1)
    begun.append(race)
    race.start()
    finished(race)
    broken, other = race.runs
    assert broken.state == "failed" and "Choose different classes" in broken.problem
    assert other.state == "done" and other.step == 60
    assert race.summaries()[0].failed == 1


def test_a_process_that_is_killed_is_noticed_and_replaced(
    tmp_path: Path, begun: list[Polled]
) -> None:
    race = Race("learning", [LONG, {"lr": 0.1}], None, None, terms(tmp_path, None), 1)
    begun.append(race)
    race.start()
    until(race, lambda event: isinstance(event, RunValidated) and event.step > 0)
    (worker,) = race._workers
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    finished(race)
    killed, other = race.runs
    assert killed.state == "failed" and "signal 9" in killed.problem
    assert other.state == "done"
    assert killed.record is not None
    with RunFile(killed.record) as film:
        assert film.last_step > 0


def test_cancel_ends_everything_within_a_second_and_leaves_valid_films(
    tmp_path: Path, begun: list[Polled]
) -> None:
    race = Race("learning", [LONG], [1, 2, 3], None, terms(tmp_path, None), 2)
    begun.append(race)
    race.start()
    heard: set[int] = set()
    until(
        race,
        lambda event: (
            isinstance(event, StepsTrained) and (heard.add(event.number) or len(heard) == 2)
        ),
    )
    began = time.monotonic()
    race.cancel()
    events = finished(race)
    assert time.monotonic() - began < 1.5  # a second, on a machine that does other things too
    assert {event.number for event in events if isinstance(event, RunEnded)} == {0, 1, 2}
    assert [run.state for run in race.runs] == ["stopped"] * 3
    runs = list_runs(tmp_path)
    assert len(runs) == 2 and not any(run.problem for run in runs)
    assert {run.record for run in race.runs[:2]} == {run.path for run in runs}


def test_polling_never_waits(tmp_path: Path, begun: list[Polled]) -> None:
    race = Race("learning", [{}], None, None, terms(tmp_path), 1)
    begun.append(race)
    race.start()
    began = time.monotonic()
    for _ in range(50):
        race.poll()
    assert time.monotonic() - began < 0.2


OWNER = """
import sys, time
from pathlib import Path
from core.search.race import Race
from tests.core.search.races import terms, until
from tests.core.search.test_race import LONG
from core.search.messages import RunValidated
if __name__ == "__main__":
    race = Race("learning", [LONG], None, None, terms(Path(sys.argv[1]), None), 1)
    race.start()
    until(race, lambda event: isinstance(event, RunValidated) and event.step > 0)
    (worker,) = race._workers
    print(worker.pid, flush=True)
    time.sleep(600)
"""


def test_processes_do_not_outlive_an_owner_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    ) as owner:  # fmt: skip
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    end = time.monotonic() + 120
    while time.monotonic() < end and Path(f"/proc/{pid}/cmdline").exists():
        time.sleep(0.02)
    if not Path("/proc").is_dir():
        pytest.skip("processes are not listed here")
    assert not Path(f"/proc/{pid}/cmdline").exists()
    (run,) = list_runs(tmp_path)
    assert not run.problem and run.last_step > 0


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Race("nine", [{}]), "no chapter “nine”"),
        (lambda: Race("digits", []), "at least one setting"),
        (lambda: Race("digits", [{}], []), "at least one seed"),
        (lambda: Race("digits", [{"speed": 1.0}]), "no setting “speed”"),
        (lambda: Race("digits", [{"lr": 100.0}]), "from 10⁻⁶ to 2"),
        (lambda: Race("digits", [{}], [-1]), "Seed cannot be −1"),
        (lambda: Race("three-or-seven", [{}], [1]), "is not random"),
        (lambda: Race("digits", [{}], options=RunOptions(steps=0)), "0 mini-batches"),
        (lambda: Race("digits", [{}], workers=0), "0 processes"),
    ],
)
def test_what_cannot_race_is_a_sentence(make, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabError, match=told):
        make()


def test_curves_of_different_length_are_aligned_by_step() -> None:
    short, long, empty = (RunStatus(n, 0, {}) for n in range(3))
    short.handle(StepsTrained(0, np.array([[1, 4.0], [2, 6.0]])))
    long.handle(StepsTrained(1, np.array([[1, 2.0], [2, 2.0], [3, 1.0]])))
    found = mean_curve([run.curve for run in (short, long, empty)], "loss")
    assert found.steps.tolist() == [1, 2, 3] and found.count.tolist() == [2, 2, 1]
    assert found.mean.tolist() == [3, 4, 1]
    assert np.allclose(found.spread[:2], [np.sqrt(2), np.sqrt(8)]) and np.isnan(found.spread[2])
    nothing = summarise_setting({}, [empty])
    assert len(nothing.trained["loss"].steps) == 0 and np.isnan(nothing.final["loss"][0])
