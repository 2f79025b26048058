"""Search service: starts and polls a hyperparameter search."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.chapters.registry import chapter
from core.knobs import Knob
from core.runtime.protocol import WarningRaised
from core.search.messages import Finished, RunOptions, Trial
from core.search.plan import SUFFIX, Goal, Method, Pruning, study_folder
from core.search.search_space import SearchDimension
from core.search.study import Study

_KNOWS_AFTER = 0.01  # share of the way after which the time left can be guessed


@dataclass(frozen=True)
class SearchRequest:
    """What a person wants searched; `folder`: where the study's file lies, None for as usual."""

    name: str
    method: Method
    goal: Goal
    pruning: Pruning
    trials: int | None
    steps: int | None
    workers: int
    folder: Path | None


class SearchService:
    """Never blocks: call `poll` often while it is `running`.

    Attributes: `study`, None before the first; `seconds`, how long it has run here; `warnings`,
    sentences about single runs, each once; `sentence`, why it did not end as planned.
    """

    def __init__(self) -> None:
        self.study: Study | None = None
        self.seconds = 0.0
        self.warnings: list[str] = []
        self.sentence = ""
        self._began = 0.0
        self._before: float | None = None

    @property
    def running(self) -> bool:
        """Whether there is something to poll for."""
        return self.study is not None and self.study.running

    def start(
        self,
        key: str,
        varied: Sequence[SearchDimension],
        base: Mapping[str, float],
        asked: SearchRequest,
    ) -> None:
        """Begin a search, or go on with the one of that name. Raises LabError."""
        study = Study(
            key, varied, asked.name, method=asked.method, goal=asked.goal, pruning=asked.pruning,
            trials=asked.trials, base=base, options=RunOptions(steps=asked.steps),
            workers=asked.workers, folder=asked.folder,
        )  # fmt: skip
        self.close()
        self.study = study
        self.seconds, self.warnings, self.sentence = 0.0, [], ""
        self._began, self._before = time.monotonic(), None
        study.start()

    def poll(self) -> bool:
        """Take in what happened; True when there is something else to show."""
        study = self.study
        if study is None:
            return False
        events = study.poll()
        for event in events:
            match event:
                case WarningRaised(sentence=sentence) if sentence not in self.warnings:
                    self.warnings.append(sentence)
                case Finished(sentence=sentence):
                    self.sentence = sentence
        if study.running:
            self.seconds = time.monotonic() - self._began
        if self._before is None and study.trials:
            self._before = self.share
        return bool(events)

    def cancel(self) -> None:
        """Stop within a second; the study can go on later."""
        if self.study is not None:
            self.study.cancel()

    def close(self) -> None:
        """End everything now."""
        if self.study is not None:
            self.study.close()

    # -- what is known ------------------------------------------------------------------------

    @property
    def knobs(self) -> list[Knob]:
        """Those that vary."""
        if self.study is None:
            return []
        known = chapter(self.study.plan.chapter).defaults().knobs
        return [known[vary.key] for vary in self.study.plan.varied]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every run that was begun, wherever; those of here as far as they are by now."""
        if self.study is None:
            return ()
        return tuple(t for t in map(self._fresh, self.study.trials) if t.state != "waiting")

    def _fresh(self, trial: Trial) -> Trial:
        run = self.study.runs.get(trial.number) if self.study is not None else None
        if run is None or trial.state not in ("waiting", "running"):
            return trial
        if run.state == "stopped":
            return replace(trial, state="waiting")
        varied = self.study.plan.varied if self.study is not None else ()
        values = {vary.key: run.values[vary.key] for vary in varied}
        return replace(
            trial, state="running", values=values, record=run.record or trial.record,
            loss=run.loss, accuracy=run.accuracy, step=run.step,
        )  # fmt: skip

    @property
    def counts(self) -> dict[str, int]:
        """How many runs are “done”, “pruned”, “failed”, and “all” that are to be."""
        trials = self.study.trials if self.study is not None else ()
        planned = self.study.plan.trials if self.study is not None else 0
        states = ("done", "pruned", "failed")
        found = {state: sum(trial.state == state for trial in trials) for state in states}
        return {**found, "all": max(planned, len(trials))}

    @property
    def share(self) -> float:
        """How much of the way is behind, 0 to 1."""
        counts = self.counts
        if self.study is None or not counts["all"]:
            return 0.0
        goal = self.study.plan.options.steps
        going = [run for run in self.study.runs.values() if run.state == "running"]
        parts = sum(min(run.step / goal, 1.0) for run in going) if goal else 0.0
        over = counts["done"] + counts["pruned"] + counts["failed"]
        return min((over + parts) / counts["all"], 1.0)

    @property
    def left(self) -> float:
        """Seconds until the end as far as can be guessed; NaN where that is too early."""
        made = self.share - (self._before or 0.0)
        return self.seconds * (1 - self.share) / made if made > _KNOWS_AFTER else float("nan")


def known_studies(folder: Path | None) -> list[str]:
    """The names of the studies in a folder; none where it cannot be looked at."""
    try:
        return sorted(path.stem for path in (folder or study_folder()).glob(f"*{SUFFIX}"))
    except OSError:
        return []
