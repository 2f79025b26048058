"""Search service: starts and polls a hyperparameter search."""

from dataclasses import replace
from pathlib import Path

from core.chapters.registry import chapter
from core.knobs import Knob
from core.search.messages import SearchEvent, Trial
from core.search.plan import SUFFIX, study_folder
from core.search.study import Study
from hellodl_gui.services.run_group import RunGroup


class SearchService(RunGroup[Study]):
    """A hyperparameter search; one of a known name goes on where it was left."""

    known_after = 0.01

    def begin(self, group: Study) -> None:
        """Begin another search."""
        super().begin(group)
        self._before = None

    def take(self, events: list[SearchEvent]) -> bool:
        """Of a study that goes on, the share behind it is known with its first trials."""
        if self._before is None and self.group is not None and self.group.trials:
            self._before = self.share
        return bool(events)

    @property
    def knobs(self) -> list[Knob]:
        """Those that vary."""
        if self.group is None:
            return []
        known = chapter(self.group.plan.chapter).defaults().knobs
        return [known[vary.key] for vary in self.group.plan.varied]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every run that was begun, wherever; those of here as far as they are by now."""
        if self.group is None:
            return ()
        trials = [_current(self.group, trial) for trial in self.group.trials]
        return tuple(trial for trial in trials if trial.state != "waiting")

    @property
    def counts(self) -> dict[str, int]:
        """How many runs are “done”, “pruned”, “failed”, and “all” that are to be."""
        states = [trial.state for trial in self.group.trials] if self.group is not None else []
        planned = self.group.plan.count if self.group is not None else 0
        found = {state: states.count(state) for state in ("done", "pruned", "failed")}
        return {**found, "all": max(planned, len(states))}

    @property
    def share(self) -> float:
        """How much of the way is behind, 0 to 1."""
        if self.group is None:
            return 0.0
        counts, goal = self.counts, self.group.plan.options.steps
        going = [run for run in self.group.runs.values() if run.state == "running"]
        parts = sum(min(run.step / goal, 1.0) for run in going) if goal else 0.0
        over = counts["done"] + counts["pruned"] + counts["failed"]
        return min((over + parts) / counts["all"], 1.0)


def _current(study: Study, trial: Trial) -> Trial:
    """What is known here of a trial that this process trains."""
    run = study.runs.get(trial.number)
    if run is None or trial.state not in ("waiting", "running"):
        return trial
    if run.state == "stopped":
        return replace(trial, state="waiting")
    values = {vary.key: run.values[vary.key] for vary in study.plan.varied}
    return replace(
        trial, state="running", values=values, record=run.record or trial.record,
        loss=run.loss, metrics=run.metrics, step=run.step,
    )  # fmt: skip


def known_studies(folder: Path | None) -> list[str]:
    """The names of the studies in a folder; none where it cannot be looked at."""
    try:
        return sorted(path.stem for path in (folder or study_folder()).glob(f"*{SUFFIX}"))
    except OSError:
        return []
