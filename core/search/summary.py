"""A setting as its runs with several seeds show it: mean and spread, aligned by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.search.run_status import RunStatus
from core.training.metrics import LOSS
from core.training.series import ColumnStore


@dataclass(frozen=True)
class MeanCurve:
    """A curve with its spread at `steps` (N,), ascending: every step that any run has.

    `mean` and `spread` (N,) are over those `count` (N,) runs that have the step; the spread is the
    sample standard deviation, NaN where only one has it.
    """

    steps: NDArray[np.int64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    count: NDArray[np.int64]


@dataclass(frozen=True)
class SettingSummary:
    """How a setting does, by its runs (their numbers).

    By “loss” and the keys of metrics: `trained` has the curves of mini-batches, `tested` those of
    the test set; `final` are mean and spread over the `done` runs at their last look at the test
    set, NaN where there is none. `failed` counts runs that broke: they are in the curves as far as
    they came, not in the rest.
    """

    values: Mapping[str, float]
    runs: tuple[int, ...]
    done: int
    failed: int
    trained: Mapping[str, MeanCurve]
    tested: Mapping[str, MeanCurve]
    final: Mapping[str, tuple[float, float]]


def summarise_setting(values: Mapping[str, float], runs: Sequence[RunStatus]) -> SettingSummary:
    """Put the runs of one setting together."""
    curves, looks = [run.curve for run in runs], [run.tested for run in runs]
    trained, tested = (table[0].columns[1:] if table else (LOSS.key,) for table in (curves, looks))
    done = [run for run in runs if run.state == "done"]
    return SettingSummary(
        values=dict(values),
        runs=tuple(run.number for run in runs),
        done=len(done),
        failed=sum(run.state == "failed" for run in runs),
        trained={key: mean_curve(curves, key) for key in trained},
        tested={key: mean_curve(looks, key) for key in tested},
        final={
            key: _mean_and_spread([{"loss": run.loss, **run.metrics}[key] for run in done])
            for key in tested
        },
    )


def mean_curve(tables: Sequence[ColumnStore], column: str) -> MeanCurve:
    """Mean and spread of one column; of a step that a table has twice, the last row counts."""
    last = [_by_step(table, column) for table in tables]
    steps = np.unique(np.concatenate([steps for steps, _ in last])) if last else np.empty(0)
    grid = np.full((len(last), len(steps)), np.nan)
    there = np.zeros(grid.shape, bool)
    for row, (known, (at, values)) in enumerate(zip(there, last, strict=True)):
        places = np.searchsorted(steps, at)
        grid[row, places] = values
        known[places] = True
    count = there.sum(axis=0)
    mean = np.where(there, grid, 0).sum(axis=0) / np.maximum(count, 1)
    squares = np.where(there, (grid - mean) ** 2, 0).sum(axis=0)
    spread = np.full(len(steps), np.nan)
    np.divide(squares, count - 1, out=spread, where=count > 1)
    return MeanCurve(steps.astype(np.int64), mean, np.sqrt(spread), count)


def _by_step(table: ColumnStore, column: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    backwards, values = table.column("step")[::-1], table.column(column)[::-1]
    steps, where = np.unique(backwards, return_index=True)
    return steps, values[where]


def _mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return float("nan"), float("nan")
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return float(np.mean(values)), spread
