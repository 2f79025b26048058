"""A study is shared, goes on where it was left, gives up what is hopeless, and survives mishaps."""

import json
import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import KnobError, LabError
from core.record.library import Catalog
from core.record.reader import RunFile, list_runs
from core.search.journal import ClaimedTrial, Journal, StudyError, TrialTakenOver
from core.search.messages import Finished, RunEnded, StepsTrained
from core.search.plan import StudyPlan
from core.search.search_space import SearchDimension, grid, parse_dimension
from core.search.study import Study
from tests.core.search.races import finished, planned_study, terms, until

KNOBS = chapter("learning").defaults()
BASE = {"stop_at": 1.0}
RATES = parse_dimension(KNOBS, "lr=0.001..1")


@pytest.fixture
def studies() -> Iterator[list[Study]]:
    held: list[Study] = []
    yield held
    for study in held:
        study.close()


def _study(  # type: ignore[no-untyped-def]
    folder: Path, *varied: SearchDimension, steps: int | None = 60, key: str = "learning", **others
) -> Study:
    given = {"base": BASE, "workers": 1, "folder": folder, "method": "random", **others}
    given |= {"varied": varied or [RATES], "name": "first", "options": terms(folder, steps)}
    return planned_study(key, **given)


def test_two_processes_of_one_study_and_another_study_of_the_name_add_up(
    tmp_path: Path, studies: list[Study]
) -> None:
    ours = _study(tmp_path, trials=9, workers=2, pruning="none")
    theirs = _study(tmp_path, trials=9, pruning="none")
    studies += [ours, theirs]
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
            assert film.evaluations()["accuracy"][-1] == trial.accuracy
    best = [study.best for study in (ours, theirs) if study.best is not None]
    assert min(trial.loss for trial in best) == min(trial.loss for trial in trials)


def test_a_grid_is_tried_whole_and_what_is_hopeless_is_stopped_early(
    tmp_path: Path, studies: list[Study]
) -> None:
    rates = [0.02, 0.03, 0.04, 0.05, 1e-6]
    study = _study(
        tmp_path, SearchDimension.among(KNOBS.knobs["lr"], rates), steps=400, method="grid"
    )
    studies.append(study)
    study.start()
    finished(study)
    assert [trial.values["lr"] for trial in study.trials] == rates
    assert [trial.state for trial in study.trials] == ["done"] * 4 + ["pruned"]
    hopeless = study.runs[4]
    assert hopeless.state == "pruned" and hopeless.step < 200 and "others" in hopeless.problem
    assert hopeless.record is not None
    with RunFile(hopeless.record) as film:
        assert film.last_step == hopeless.step == study.trials[4].step


def test_halving_goes_on_with_the_best_third(tmp_path: Path, studies: list[Study]) -> None:
    rates = [0.05, 1e-6, 2e-6, 3e-6]
    study = _study(
        tmp_path,
        SearchDimension.among(KNOBS.knobs["lr"], rates),
        steps=200,
        method="grid",
        pruning="halving",
    )
    studies.append(study)
    study.start()
    finished(study)
    assert [trial.state for trial in study.trials] == ["done", "pruned", "pruned", "pruned"]
    assert study.trials[1].step == 20


def test_a_cancelled_study_goes_on_where_it_was_left(tmp_path: Path, studies: list[Study]) -> None:
    patient = {**BASE, "epochs": 100.0}
    study = _study(tmp_path, steps=None, trials=3, workers=2, base=patient)
    studies.append(study)
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


def test_more_runs_are_added_to_a_study_that_was_over(tmp_path: Path, studies: list[Study]) -> None:
    for wanted in (2, 2, 3):
        study = _study(tmp_path, trials=wanted)
        studies.append(study)
        study.start()
        finished(study)
        assert len(study.trials) == wanted
    assert list(study.runs) == [2]


def test_a_setting_that_breaks_is_a_sentence_and_the_search_goes_on(
    tmp_path: Path, studies: list[Study]
) -> None:
    digits = SearchDimension.among(KNOBS.knobs["first"], [7.0, 3.0])
    study = _study(tmp_path, digits, method="grid", goal="accuracy")
    studies.append(study)
    study.start()
    events = finished(study)
    broken, good = study.trials
    assert broken.state == "failed" and "Choose different classes" in broken.problem
    assert good.state == "done" and study.best == good
    assert RunEnded(0, "failed", broken.problem) in events


def test_a_killed_process_is_noticed_and_replaced(tmp_path: Path, studies: list[Study]) -> None:
    # So much to train that no machine is done before it is killed.
    study = _study(tmp_path, steps=None, trials=2, key="digits", base={"epochs": 100.0})
    studies.append(study)
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


def test_what_was_begun_by_a_process_that_is_gone_is_begun_again_but_not_for_ever(
    tmp_path: Path,
) -> None:
    plan = _study(tmp_path, trials=1).plan
    for _ in range(3):
        gone = Journal(plan)
        claim = gone.claim()
        assert claim is not None and claim.number == 0
        assert Journal(plan).claim() is None, "it is alive"
        assert gone._presence is not None
        gone._presence._lock.release()  # as the system does when a process ends
    journal = Journal(plan)
    assert journal.claim() is None
    assert [trial.state for trial in journal.survey()] == ["failed"]
    with pytest.raises(TrialTakenOver):
        claim.report(1, 0.5)


class _Clock:
    """A monotonic clock, and one on the wall that is set as somebody likes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.ahead = 0.0
        monkeypatch.setattr("core.search.liveness.time.monotonic", lambda: self.now)
        monkeypatch.setattr("core.search.liveness.time.time", lambda: 1.7e9 + self.now + self.ahead)
        monkeypatch.setattr("core.search.liveness.platform.node", lambda: "here")


def test_a_clock_that_is_wrong_by_minutes_takes_no_live_run_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock(monkeypatch)
    plan = _study(tmp_path, trials=1).plan
    claim = Journal(plan).claim()
    assert claim is not None
    monkeypatch.setattr("core.search.liveness.platform.node", lambda: "elsewhere")
    other = Journal(plan)
    for clock.ahead in (600.0, -600.0, 1e6):
        assert other.claim() is None
    for _ in range(5):  # it gives signs of life, and hours go by
        clock.now += 50.0
        claim.live()
        assert other.claim() is None
    clock.now += 50.0
    assert other.claim() is None, "not yet"
    clock.now += 20.0
    again = other.claim()
    assert again is not None and again.values == claim.values


def _torn(plan: StudyPlan, cut: int) -> None:
    Journal(plan).claim()
    raw = plan.path.read_bytes()
    plan.path.write_bytes(raw[: len(raw) - cut])


@pytest.mark.parametrize("cut", [2, 9, 30])
def test_a_last_line_that_was_cut_off_is_named_and_dropped_before_more_is_written(
    tmp_path: Path, cut: int
) -> None:
    plan = _study(tmp_path, trials=2).plan
    _torn(plan, cut)
    journal = Journal(plan)
    (told,) = journal.dropped
    assert "was cut off" in told and "op_code" in told and "first.study" in told
    assert journal.claim() is not None
    for line in plan.path.read_text().splitlines():
        assert isinstance(json.loads(line), dict)
    assert Journal(plan).dropped == []


def test_a_last_line_that_lacks_only_its_end_is_kept(tmp_path: Path) -> None:
    plan = _study(tmp_path, trials=2).plan
    _torn(plan, 1)
    before = plan.path.read_bytes()
    journal = Journal(plan)
    assert journal.dropped == [] and plan.path.read_bytes().startswith(before + b"\n")


def test_a_line_cut_off_while_others_take_part_is_dropped_too(tmp_path: Path) -> None:
    plan = _study(tmp_path, trials=3).plan
    journal = Journal(plan)
    with plan.path.open("ab") as file:
        file.write(b'{"op_code":6,"worker')
    assert journal.claim() is not None
    assert len(journal.dropped) == 1 and len(Journal(plan).survey()) == 3


def test_who_ends_first_waits_for_what_others_train(tmp_path: Path, studies: list[Study]) -> None:
    study = _study(tmp_path, trials=2)
    other = Journal(study.plan)
    claim = other.claim()
    assert claim is not None
    studies.append(study)
    study.start()
    until(study, lambda _: bool(study.trials) and study.trials[1].state == "done")
    assert study.running, "the first run is somebody else's"
    claim.end("done", 0.1, {"step": 60, "loss": 0.1, "accuracy": 0.9, "record": None})
    finished(study)
    assert [trial.state for trial in study.trials] == ["done", "done"]


def test_slots_added_twice_at_once_are_trained_once(tmp_path: Path) -> None:
    plan = _study(tmp_path, trials=5).plan
    one = Journal(plan)
    for number in range(5):
        one._enqueue(number, 1, {})
    other = Journal(plan)
    claims = [claim for _ in range(5) for journal in (one, other) if (claim := journal.claim())]
    assert [claim.number for claim in claims] == list(range(5))
    assert len(one.survey()) == 5


def _damage(path: Path) -> str:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:10], *lines[2:]]) + "\n")
    return "is damaged, or no study"


def _foreign(path: Path) -> str:
    path.write_text(json.dumps({"a": 1}) + "\n")
    return "is damaged, or no study"


def _folder(path: Path) -> str:
    path.unlink()
    path.mkdir()
    return "it is a folder"


@pytest.mark.parametrize("spoil", [_damage, _foreign, _folder])
def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    plan = _study(tmp_path, trials=2).plan
    Journal(plan)
    told = spoil(plan.path)
    with pytest.raises(StudyError, match=told):
        Journal(plan)


def test_the_sentence_reaches_who_polls(tmp_path: Path, studies: list[Study]) -> None:
    study = _study(tmp_path, trials=2)
    studies.append(study)
    study.plan.path.write_bytes(np.random.default_rng(1).bytes(5000))
    study.start()
    last = finished(study)[-1]
    assert isinstance(last, Finished) and "is damaged" in last.sentence == study.problem


def test_another_search_of_the_same_name_is_refused(tmp_path: Path) -> None:
    Journal(_study(tmp_path).plan)
    other = _study(tmp_path, parse_dimension(KNOBS, "lr=0.01..1"), steps=70).plan
    with pytest.raises(StudyError, match="its varied, steps differ"):
        Journal(other)


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("lr=0.0001..1", [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        ("momentum=0..0.8", [0, 0.2, 0.4, 0.6, 0.8]),
        ("batch-size=1..16", [1, 2, 4, 8, 16]),
        ("batch_size=16, 8,8", [16, 8]),
        ("optimizer=sgd,adam", [0, 5]),
        ("optimizer=sgd..nesterov", [0, 1, 2]),
    ],
)
def test_what_varies_is_written_as_a_person_would(words: str, points: list[float]) -> None:
    vary = parse_dimension(KNOBS, words)
    assert np.allclose(vary.points(), points)
    assert parse_dimension(KNOBS, vary.text(KNOBS)) == vary
    assert all(a < b for a, b in pairwise(vary.points())) or vary.choices


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("lr", "NAME=LOW..HIGH"),
        ("lr=", "NAME=LOW..HIGH"),
        ("speed=1..2", "no setting “speed”"),
        ("lr=1..0.1", "give less first"),
        ("lr=0..1", "from 10⁻⁶ to 1"),
        ("lr=a..1", "“a” is not a number"),
        ("lr=0.1,,1", "“” is not a number"),
        ("lr=nan..1", "is not a number"),
    ],
)
def test_what_cannot_vary_is_a_sentence(words: str, told: str) -> None:
    with pytest.raises(KnobError, match=told):
        parse_dimension(KNOBS, words)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "../x"}, "cannot be the name"),
        ({"name": ""}, "cannot be the name"),
        ({"varied": []}, "at least one setting"),
        ({"varied": [RATES, RATES]}, "in one way only"),
        ({"trials": 0}, "study of 0 runs"),
        ({"method": "guess"}, "“guess” is not known"),
        ({"base": {"speed": 1.0}}, "no setting “speed”"),
        ({"workers": 1000}, "1000 processes"),
    ],
)
def test_what_cannot_be_searched_is_a_sentence(wrong, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabError, match=told):
        planned_study("learning", **{"varied": [RATES], "name": "x", **wrong})


def test_a_grid_that_nobody_can_train_is_refused() -> None:
    many = [
        parse_dimension(KNOBS, f"{key}=0..0.1") for key in ("momentum", "weight_decay", "clip_norm")
    ]
    many += [parse_dimension(KNOBS, f"{key}=0.1..1") for key in ("lr", "clip_value", "margin")]
    with pytest.raises(KnobError, match="15,625 points"):
        grid(many)
