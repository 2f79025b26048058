"""Race service: starts and polls the runs of a race, summarizes them in the background."""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.search.messages import Finished, RunOptions, RunValidated, SearchEvent, StepsTrained
from core.search.race import Race
from core.search.run_status import RunStatus
from core.search.summary import SettingSummary, summarise_setting
from core.training.metrics import Metric
from core.training.series import ColumnStore, moving_average
from hellodl_gui.features.race.first_layer_tiles import FirstLayerTiles, Tiles
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.services.run_group import RunGroup

_POINTS = 240
_LOOKS = 10
_SMOOTHEST, _SMOOTH_SHARE = 50, 20
_COUNT_AGAIN = 0.3  # seconds
_LINGER = 2.0  # seconds after the end, in which the last pictures are read


class RaceService(RunGroup[Race]):
    """A race. Attributes: `summaries`, one a setting, whose curves of mini-batches are smoothed
    and thinned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.summaries: tuple[SettingSummary, ...] = ()
        self._layers = FirstLayerTiles()
        self._counting: BackgroundTask[tuple[SettingSummary, ...]] | None = None
        self._stale = False
        self._next_count = self._ended = 0.0

    @property
    def busy(self) -> bool:
        """Whether runs are trained, put together, or pictured."""
        lingers = time.monotonic() < self._ended + _LINGER
        return self.running or self._stale or self._counting is not None or lingers

    def begin(self, group: Race) -> None:
        """Begin another race."""
        super().begin(group)
        self._layers = FirstLayerTiles()
        self.summaries = ()
        self._counting, self._stale, self._next_count = None, True, 0.0

    def take(self, events: list[SearchEvent]) -> bool:
        """What was trained or tested is shown when it is put together again."""
        group = self.group
        if group is None:
            return False
        if events:
            self._stale = True
        if any(isinstance(event, Finished) for event in events):
            self._ended = time.monotonic()
        self._layers.want(tuple(run.record for run in self._leaders() if run.record is not None))
        turned = any(not isinstance(event, StepsTrained | RunValidated) for event in events)
        return any([self._layers.poll(), self._count(group), turned])

    def close(self) -> None:
        """End everything now."""
        super().close()
        self._layers.close()
        if self._counting is not None:
            self._counting.wait(5.0)

    # -- what is known ------------------------------------------------------------------------

    def runs(self, setting: int) -> list[RunStatus]:
        """The runs with one setting, one a seed."""
        return [run for run in self.all_runs if run.setting == setting]

    def best(self, setting: int) -> Path | None:
        """The record of the best run with a setting so far; None where nothing is recorded."""
        recorded = [run for run in self.runs(setting) if run.record is not None]
        if not recorded or self.group is None:
            return None
        goal = self.group.metrics.goal
        return max(recorded, key=lambda run: _merit(run, goal)).record

    def picture(self, setting: int) -> Tiles | None:
        """The first layer (N, h, w) of the first run with a setting."""
        leader = next((run for run in self._leaders() if run.setting == setting), None)
        if leader is None or leader.record is None:
            return None
        return self._layers.tiles.get(leader.record)

    @property
    def share(self) -> float:
        """How much of the way is behind all runs together, 0 to 1."""
        if self.group is None:
            return 0.0
        runs = self.group.runs
        known = [run.step for run in runs if run.state == "done"]
        goal = self.group.options.steps or max(known, default=0)
        ways = [1.0 if run.over else min(run.step / goal, 1.0) if goal else 0.0 for run in runs]
        return sum(ways) / len(ways)

    @property
    def all_runs(self) -> tuple[RunStatus, ...]:
        """Every run, seed after seed."""
        return self.group.runs if self.group is not None else ()

    def _leaders(self) -> list[RunStatus]:
        """Of every setting its first run."""
        first: dict[int, RunStatus] = {}
        for run in self.all_runs:
            first.setdefault(run.setting, run)
        return list(first.values())

    def _count(self, race: Race) -> bool:
        """Put the runs together now and then; True when that is done."""
        done = self._counting is not None and self._counting.done
        if done and self._counting is not None:
            counting, self._counting = self._counting, None
            self.summaries = counting.result()
        now = time.monotonic()
        if self._stale and self._counting is None and (
            now >= self._next_count or not race.running
        ):  # fmt: skip
            self._stale, self._next_count = False, now + _COUNT_AGAIN
            # What is appended later goes behind the end that a copy knows.
            runs = [
                replace(run, curve=copy.copy(run.curve), tested=copy.copy(run.tested))
                for run in race.runs
            ]
            settings = race.settings
            self._counting = BackgroundTask(lambda _: combine_runs(settings, runs))
        return done


def combine_runs(
    settings: Sequence[Mapping[str, float]], runs: Sequence[RunStatus]
) -> tuple[SettingSummary, ...]:
    """How every setting does, its runs' curves smoothed and thinned alike."""
    longest = max((len(run.curve) for run in runs), default=0)
    stride = max(1, -(-longest // _POINTS))
    window = min(max(longest // _SMOOTH_SHARE, 1), _SMOOTHEST)
    thin = [replace(run, curve=_thinned(run.curve, stride, window)) for run in runs]
    return tuple(
        summarise_setting(values, [run for run in thin if run.setting == number])
        for number, values in enumerate(settings)
    )


def validation_knobs(key: str, terms: RunOptions) -> dict[str, float]:
    """Short runs look at the test set more often than a chapter usually does."""
    knobs = chapter(key).defaults()
    if terms.steps is None or "validate_every" not in knobs:
        return {}
    least = max(terms.steps // _LOOKS, knobs.knobs["validate_every"].low)
    return {"validate_every": min(least, knobs["validate_every"])}


def _thinned(curve: ColumnStore, stride: int, window: int) -> ColumnStore:
    """Every so manieth row, at the same places in all curves, as the mean of those up to it."""
    thin = ColumnStore(*curve.columns)
    at = np.unique(np.append(np.arange(stride - 1, len(curve), stride), 0))
    if len(curve):
        means = [moving_average(curve.column(name), window, at) for name in curve.columns[1:]]
        thin.append(np.column_stack([curve.column("step")[at], *means]))
    return thin


def _merit(run: RunStatus, goal: Metric) -> tuple[bool, float]:
    value = run.value(goal) * (1 if goal.better == "up" else -1)
    return run.state == "done", value if np.isfinite(value) else -np.inf
