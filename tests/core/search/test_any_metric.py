"""Races and studies of tasks without classes: by any metric, whichever way is better."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.chapters.registry import chapter
from core.errors import LabError
from core.runtime.compute import ComputeSettings
from core.search.journal import Journal
from core.search.messages import RunOptions
from core.search.plan import StudyPlan, goals_of
from core.search.race import Race
from core.search.search_space import SearchDimension
from core.search.study import Study
from tests.core.search.races import Polled, finished

QUICK = RunOptions(20, record=False, computing=ComputeSettings("reference"))
RATES = chapter("line").defaults().knobs["lr"]


def test_a_race_of_a_regression_has_its_metrics(begun: list[Polled]) -> None:
    race = Race("line", [{"lr": 1e-4}, {"lr": 0.03}], [1, 2], None, QUICK, 1)
    begun.append(race)
    race.start()
    finished(race)
    assert [run.state for run in race.runs] == ["done"] * 4
    slow, quick = race.summaries()
    assert set(quick.trained) == {"loss", "mae"} and set(quick.tested) == {"loss", "r2", "mae"}
    assert quick.final["r2"][0] > slow.final["r2"][0]
    assert quick.final["mae"][0] < slow.final["mae"][0]
    ends = [run.metrics["mae"] for run in race.runs if run.setting == 1]
    assert quick.final["mae"] == (np.mean(ends), np.std(ends, ddof=1))
    assert len(quick.trained["mae"].steps) == 20


def test_a_race_of_a_language_model_has_bits_per_character(begun: list[Polled]) -> None:
    base = {"data": 1.0, "hidden": 8.0, "batch_size": 4.0}
    race = Race("character-gru", [{}], None, base, RunOptions(2, False), 1)
    begun.append(race)
    race.start()
    finished(race)
    (run,) = race.runs
    assert run.state == "done", run.problem
    assert run.metrics["bits"] == pytest.approx(run.loss / np.log(2), rel=1e-5)
    assert race.metrics.goal.better == "down" and 0 <= run.metrics["accuracy"] < 1


@pytest.mark.parametrize(("goal", "best"), [("r2", max), ("mae", min), ("loss", min)])
def test_the_best_of_a_study_is_best_by_its_goal_and_direction(
    goal: str, best: Any, tmp_path: Path, begun: list[Polled]
) -> None:
    rates = SearchDimension.among(RATES, [1e-4, 0.03, 0.003])
    plan = StudyPlan("line", [rates], "lines", "grid", goal, "none", options=QUICK, folder=tmp_path)
    study = Study(plan, 1)
    begun.append(study)
    study.start()
    finished(study)
    assert [trial.state for trial in study.trials] == ["done"] * 3
    values = [trial.value(plan.metric) for trial in study.trials]
    assert study.best is not None and study.best.value(plan.metric) == best(values)
    assert study.best.values == {"lr": 0.03}
    assert [trial.metrics for trial in Journal(plan).survey()] == [t.metrics for t in study.trials]


def test_a_goal_that_a_task_has_not_is_a_sentence_with_those_it_has() -> None:
    rates = SearchDimension.among(RATES, [0.1])
    with pytest.raises(LabError, match=r"“accuracy” is not known.*loss, r2, mae"):
        StudyPlan("line", [rates], "lines", goal="accuracy")
    assert [goal.key for goal in goals_of("digits")] == ["loss", "accuracy", "top2"]


@pytest.mark.parametrize(
    "result", [{"loss": 0.5, "accuracy": 0.75}, {"loss": 0.5, "accuracy": 0.75, "top2": 0.9}]
)
def test_results_that_an_older_lab_wrote_are_read(
    result: Mapping[str, float], tmp_path: Path
) -> None:
    knob = chapter("digits").defaults().knobs["lr"]
    plan = StudyPlan("digits", [SearchDimension.among(knob, [0.1])], "old", "grid", "accuracy",
                     folder=tmp_path)  # fmt: skip
    journal = Journal(plan)
    claim = journal.claim()
    assert claim is not None
    claim.end("done", 0.75, {"step": 7, "record": None, **result})
    (trial,) = Journal(plan).survey()
    assert (trial.loss, trial.step) == (0.5, 7)
    assert trial.metrics == {key: result[key] for key in ("accuracy", "top2") if key in result}
