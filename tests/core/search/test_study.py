"""A study is shared, goes on where it was left, gives up what is hopeless, and survives mishaps."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from core.record.library import Catalog
from core.record.reader import RunFile, list_runs
from core.search.journal import ClaimedTrial, Journal
from core.search.messages import Finished, RunEnded, StepsTrained
from core.search.search_space import SearchDimension
from tests.core.search.races import Polled, finished, until
from tests.core.search.studies import BASE, KNOBS, small_study


def test_two_processes_of_one_study_and_another_study_of_the_name_add_up(
    tmp_path: Path, begun: list[Polled]
) -> None:
    ours = small_study(tmp_path, trials=9, workers=2, pruning="none")
    theirs = small_study(tmp_path, trials=9, pruning="none")
    begun += [ours, theirs]
    ours.start(), theirs.start()
    while ours.running or theirs.running:
        ours.poll(), theirs.poll()
        time.sleep(0.005)
    trials = Journal(ours.plan).survey()
    assert [trial.number for trial in trials] == list(range(9))
    assert {trial.state for trial in trials} == {"done"}
    assert sorted([*ours.runs, *theirs.runs]) == list(range(9)), "each by one of them"
    assert ours.runs and theirs.runs
    assert len({trial.values["lr"] for trial in trials}) == 9
    for trial in trials:
        assert trial.record is not None and trial.step == 60
        with RunFile(trial.record) as film:
            assert Catalog()[film.about.run_id].tags == ("first",)
            assert film.about.knobs["lr"].default == trial.values["lr"]
            assert film.evaluations()["loss"][-1] == trial.loss
            assert film.evaluations()["accuracy"][-1] == trial.metrics["accuracy"]
    best = [study.best for study in (ours, theirs) if study.best is not None]
    assert min(trial.loss for trial in best) == min(trial.loss for trial in trials)


def test_a_grid_is_tried_whole_and_what_is_hopeless_is_stopped_early(
    tmp_path: Path, begun: list[Polled]
) -> None:
    rates = [0.02, 0.03, 0.04, 0.05, 1e-6]
    study = small_study(
        tmp_path, SearchDimension.among(KNOBS.knobs["lr"], rates), steps=400, method="grid"
    )
    begun.append(study)
    study.start()
    finished(study)
    assert [trial.values["lr"] for trial in study.trials] == rates
    assert [trial.state for trial in study.trials] == ["done"] * 4 + ["pruned"]
    hopeless = study.runs[4]
    assert hopeless.state == "pruned" and hopeless.step < 200 and "others" in hopeless.problem
    assert hopeless.record is not None
    with RunFile(hopeless.record) as film:
        assert film.last_step == hopeless.step == study.trials[4].step


def test_halving_goes_on_with_the_best_third(tmp_path: Path, begun: list[Polled]) -> None:
    rates = [0.05, 1e-6, 2e-6, 3e-6]
    study = small_study(
        tmp_path,
        SearchDimension.among(KNOBS.knobs["lr"], rates),
        steps=200,
        method="grid",
        pruning="halving",
    )
    begun.append(study)
    study.start()
    finished(study)
    assert [trial.state for trial in study.trials] == ["done", "pruned", "pruned", "pruned"]
    assert study.trials[1].step == 20


def test_a_cancelled_study_goes_on_where_it_was_left(tmp_path: Path, begun: list[Polled]) -> None:
    patient = {**BASE, "epochs": 100.0}
    study = small_study(tmp_path, steps=None, trials=3, workers=2, base=patient)
    begun.append(study)
    study.start()
    runs = study.runs
    until(study, lambda _: len(runs) == 2 and all(run.step for run in runs.values()))
    began = time.monotonic()
    study.cancel()
    finished(study)
    assert time.monotonic() - began < 1.5  # a second, on a machine that does other things too
    assert {run.state for run in study.runs.values()} == {"stopped"}
    films = [run for run in list_runs(tmp_path) if not run.problem]
    assert len(films) == 2

    def left(numbers: tuple[int, ...]) -> list[ClaimedTrial]:
        journal = Journal(study.plan)
        assert [trial.state for trial in journal.survey()] == ["waiting"] * 3
        claims = [claim for _ in numbers if (claim := journal.claim())]
        assert journal.claim() is None
        return claims

    again = left((0, 1, 2))
    for claim in again[:2]:
        assert claim.values["lr"] == study.runs[claim.number].values["lr"]


def test_more_runs_are_added_to_a_study_that_was_over(tmp_path: Path, begun: list[Polled]) -> None:
    for wanted in (2, 2, 3):
        study = small_study(tmp_path, trials=wanted)
        begun.append(study)
        study.start()
        finished(study)
        assert len(study.trials) == wanted
    assert list(study.runs) == [2]


def test_a_setting_that_breaks_is_a_sentence_and_the_search_goes_on(
    tmp_path: Path, begun: list[Polled]
) -> None:
    digits = SearchDimension.among(KNOBS.knobs["first"], [7.0, 3.0])
    study = small_study(tmp_path, digits, method="grid", goal="accuracy")
    begun.append(study)
    study.start()
    events = finished(study)
    broken, good = study.trials
    assert broken.state == "failed" and "Choose different classes" in broken.problem
    assert good.state == "done" and study.best == good
    assert RunEnded(0, "failed", broken.problem) in events


def test_a_killed_process_is_noticed_and_replaced(tmp_path: Path, begun: list[Polled]) -> None:
    # So much to train that no machine is done before it is killed.
    study = small_study(tmp_path, steps=None, trials=2, key="digits", base={"epochs": 100.0})
    begun.append(study)
    study.start()
    # Not while it writes into the study: then the others would wait for its lock a while.
    until(study, lambda event: isinstance(event, StepsTrained) and event.rows[-1, 0] % 300 > 50)
    (worker,) = study._workers
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    killed: list[RunEnded] = []

    def again(event: object) -> bool:
        killed.extend([event] if isinstance(event, RunEnded) else [])
        return bool(killed) and study.trials[0].state == "running" and 0 in study.runs

    until(study, again)
    assert killed[0].number == 0 and "signal 9" in killed[0].sentence
    until(study, lambda _: study.runs[0].state == "running")  # by another process, anew
    study.cancel()
    finished(study)


def test_who_ends_first_waits_for_what_others_train(tmp_path: Path, begun: list[Polled]) -> None:
    study = small_study(tmp_path, trials=2)
    other = Journal(study.plan)
    claim = other.claim()
    assert claim is not None
    begun.append(study)
    study.start()
    until(study, lambda _: bool(study.trials) and study.trials[1].state == "done")
    assert study.running, "the first run is somebody else's"
    claim.end("done", 0.1, {"step": 60, "loss": 0.1, "accuracy": 0.9, "record": None})
    finished(study)
    assert [trial.state for trial in study.trials] == ["done", "done"]


def test_the_sentence_reaches_who_polls(tmp_path: Path, begun: list[Polled]) -> None:
    study = small_study(tmp_path, trials=2)
    begun.append(study)
    study.plan.path.write_bytes(np.random.default_rng(1).bytes(5000))
    study.start()
    last = finished(study)[-1]
    assert isinstance(last, Finished) and "is damaged" in last.sentence == study.problem
