"""`hellodl race` and `hellodl sweep`: progress on stderr, a table or one JSON object on stdout."""

import argparse
import time
from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

from core.chapters.registry import chapter
from core.cli.tables import measured, number, plain, spoken, table
from core.errors import LabError
from core.io.safe_output import say
from core.knobs import Knobs
from core.runtime.protocol import WarningRaised
from core.search.messages import RunEnded, RunOptions, SearchEvent, StudyUpdated, Trial
from core.search.plan import StudyPlan
from core.search.race import Race
from core.search.run_status import RunStatus
from core.search.search_space import parse_dimension
from core.search.settings_text import parse_setting, setting_text
from core.search.study import Study
from core.search.summary import SettingSummary
from core.search.worker_group import WorkerGroup
from core.training.metrics import LOSS, Metric, MetricSet
from core.translation import tr, tr_count

_LOOK_EVERY = 0.02
_SAY_EVERY = 2.0
_STATES = {"pruned": "stopped early"}  # in words; JSON has the field's own term


def race(options: argparse.Namespace, base: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Race the `settings`, with `base` for all; a table and the same as an object.

    Raises LabError for what cannot race, KeyboardInterrupt after everything was stopped.
    """
    key, terms = options.chapter, RunOptions(options.steps)
    found = chapter(key)
    knobs = found.parsed(base)
    asked = [parse_setting(knobs, setting) for setting in options.settings]
    values = {k: knobs[k] for k in base}
    race = Race(key, asked, parse_seeds(options.seeds), values, terms, options.workers)
    runs = race.runs
    keys = ["seed", *(key for setting in asked for key in setting)]
    numbered = {run.number: run for run in runs}
    watch = _ProgressPrinter(numbered, len(runs), knobs, keys, race.metrics)
    _run_to_end(race, watch)
    summaries = race.summaries()
    object_ = {
        "chapter": key,
        "standings": [_summary(summary, race, knobs) for summary in summaries],
    }
    shown = (*_shown(race.metrics), LOSS)
    rows = [
        (
            _setting(summary.values, knobs),
            str(summary.done),
            *(measured(m, value) for m in shown for value in summary.final[m.key]),
        )
        for summary in summaries
    ]
    head = ("setting", "runs", *(word for m in shown for word in (m.name, "± spread")))
    return table(head, rows), object_


def sweep(options: argparse.Namespace, base: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Search for good values of what `vary` names; a table and the same as an object.

    Raises LabError for what cannot be searched, KeyboardInterrupt after everything was stopped.
    """
    key = options.chapter
    knobs = chapter(key).parsed(base)
    plan = StudyPlan(
        key,
        [parse_dimension(knobs, words) for words in options.vary],
        options.name or time.strftime(f"{key} %Y-%m-%d %H.%M.%S"),
        options.method,
        options.goal,
        options.pruning,
        options.trials,
        {k: knobs[k] for k in base},
        RunOptions(options.steps),
        folder=options.folder,
    )
    search = Study(plan, options.workers)
    keys = [vary.key for vary in plan.varied]
    say(tr("Study “{name}” in {path}").format(name=plan.name, path=plan.path), aside=True)
    _run_to_end(search, _ProgressPrinter(search.runs, plan.count, knobs, keys, search.metrics))
    if search.problem:
        raise LabError(search.problem)
    ranked = sorted(search.trials, key=lambda trial: _rank(trial, plan.metric))
    shown = (LOSS, *_shown(search.metrics))
    rows = [
        (
            str(trial.number + 1),
            *(knobs.knobs[k].text(trial.values[k]) if k in trial.values else "" for k in keys),
            tr(_STATES.get(trial.state, trial.state)),
            f"{trial.step:,}",
            *(measured(metric, trial.value(metric)) for metric in shown),
        )
        for trial in ranked
    ]
    best = search.best
    object_ = {
        "study": plan.name,
        "file": str(plan.path),
        "chapter": key,
        "goal": options.goal,
        "best": None if best is None else _trial(best, knobs, search.metrics),
        "trials": [_trial(trial, knobs, search.metrics) for trial in search.trials],
    }
    head = ("run", *keys, "state", "steps", *(metric.name for metric in shown))
    return table(head, rows), object_


def parse_seeds(text: str | None) -> list[int] | None:
    """`1,2,3` or `1..3`; None stays None. Raises LabError."""
    if text is None:
        return None
    first, several, last = text.partition("..")
    try:
        if several:
            return list(range(int(first), int(last) + 1))
        return [int(seed) for seed in text.split(",")]
    except ValueError:
        raise LabError(tr("“{text}” are no seeds. Write 1,2,3 or 1..3").format(text=text)) from None


def _run_to_end(work: WorkerGroup, watch: "_ProgressPrinter") -> None:
    """From start to end; Ctrl+C stops everything and is passed on when all is quiet."""
    try:
        work.start()
        while work.running:
            watch.handle(work.poll())
            time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        work.cancel()
        while work.running:
            watch.handle(work.poll())
            time.sleep(_LOOK_EVERY)
        raise
    finally:
        work.close()


class _ProgressPrinter:
    """A line on stderr for every run that is over, and now and then how far the others are."""

    def __init__(
        self, runs: Mapping[int, RunStatus], count: int, knobs: Knobs, keys: Sequence[str],
        metrics: MetricSet,
    ) -> None:  # fmt: skip
        self._metrics = metrics
        self._runs = runs
        self._count = count
        self._knobs = knobs
        self._keys = [key for key in dict.fromkeys(keys) if key in knobs]
        self._next = time.monotonic() + _SAY_EVERY
        self._others = 0

    def handle(self, events: Sequence[SearchEvent]) -> None:
        """Say what is new."""
        for event in events:
            match event:
                case RunEnded(number=number, how=how, sentence=sentence):
                    self._say(self._runs[number], sentence or tr(_STATES.get(how, how)))
                case WarningRaised(sentence=sentence):
                    say(f"hellodl: {sentence}", aside=True)
                case StudyUpdated(trials=trials):
                    self._count = max(self._count, len(trials))
                    self._report_waiting(trials)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SAY_EVERY
            for run in list(self._runs.values()):
                if run.state == "running" and run.step:
                    self._say(run, "")

    def _report_waiting(self, trials: Sequence[Trial]) -> None:
        """Where everything here is over, but not elsewhere."""
        if any(run.state == "running" for run in self._runs.values()):
            return
        others = sum(trial.state == "running" for trial in trials)
        if others and others != self._others:
            runs = tr_count("1 run", "{n:,} runs", others)
            say(tr("hellodl: waiting for {runs} of other processes").format(runs=runs), aside=True)
        self._others = others

    def _say(self, run: RunStatus, what: str) -> None:
        setting = _setting({key: run.values[key] for key in self._keys}, self._knobs)
        shown = run.curve if run.state == "running" else run.tested
        last = {key: float((*shown.column(key)[-1:], nan)[0]) for key in shown.columns[1:]}
        metrics = self._metrics.batch if shown is run.curve else _shown(self._metrics)
        say(
            tr(
                "run {run:2} of {count}   {setting}   step {step:6,}   {where}   loss {loss}   "
                "{found}   {what}"
            )
            .format(
                run=run.number + 1,
                count=self._count,
                setting=setting,
                step=run.step,
                where=tr("training") if shown is run.curve else tr("test set"),
                loss=number(last["loss"]),
                found=spoken(metrics, last),
                what=what,
            )
            .rstrip(),
            aside=True,
        )


def _setting(values: Mapping[str, float], knobs: Knobs) -> str:
    return setting_text(values, knobs) or tr("as it is")


def _values(values: Mapping[str, float], knobs: Knobs) -> dict[str, float | str]:
    """As JSON has them: numbers, and choices by name."""
    return {
        key: knobs.knobs[key].typed(value) if knobs.knobs[key].choices else value
        for key, value in values.items()
    }


def _shown(metrics: MetricSet) -> tuple[Metric, ...]:
    """What a table has room for: of metrics that share a plot the first one."""
    return tuple(plot[0] for plot in metrics.plots if plot[0] in metrics.tested)


def _summary(summary: SettingSummary, race: Race, knobs: Knobs) -> dict[str, Any]:
    told: dict[str, float | None] = {}
    for key in (race.metrics.goal.key, LOSS.key):
        told[key], told[f"{key}_spread"] = map(plain, summary.final[key])
    found = {
        key: {"mean": mean, "spread": plain(spread)}
        for key, (mean, spread) in summary.final.items()
        if isfinite(mean)
    }
    return {
        "setting": _values(summary.values, knobs),
        "done": summary.done,
        "failed": summary.failed,
        **told,
        "metrics": found,
        "runs": [_run(race.runs[number], race.metrics) for number in summary.runs],
    }


def _found(run: RunStatus | Trial, metrics: MetricSet) -> dict[str, Any]:
    """Loss and first metric, and all metrics that are known."""
    return {
        "loss": plain(run.loss),
        metrics.goal.key: plain(run.value(metrics.goal)),
        "metrics": {key: value for key, value in run.metrics.items() if isfinite(value)},
    }


def _run(run: RunStatus, metrics: MetricSet) -> dict[str, Any]:
    return {
        "seed": int(run.values["seed"]) if "seed" in run.values else None,
        "state": run.state,
        "steps": run.step,
        **_found(run, metrics),
        "record": None if run.record is None else str(run.record),
        "problem": run.problem or None,
    }


def _trial(trial: Trial, knobs: Knobs, metrics: MetricSet) -> dict[str, Any]:
    return {
        "number": trial.number,
        "values": _values(trial.values, knobs),
        "state": trial.state,
        "steps": trial.step,
        **_found(trial, metrics),
        "record": None if trial.record is None else str(trial.record),
        "machine": trial.machine,
        "problem": trial.problem or None,
    }


def _rank(trial: Trial, goal: Metric) -> tuple[bool, float]:
    """Best first; what did not come to its end after all that did."""
    score = trial.value(goal) * (-1 if goal.better == "up" else 1)
    return trial.state != "done", score if score == score else float("inf")
