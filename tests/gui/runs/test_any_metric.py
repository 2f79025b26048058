"""Recorded runs of different tasks in one table: each first metric has its own column."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.record.library import Annotation
from core.record.reader import RecordSummary
from core.training.evaluator import ACCURACY
from core.training.metrics import LOSS, Metric
from hellodl_gui.features.runs.run_compare import axes_of, difference
from hellodl_gui.features.runs.run_table import RunRow, RunTableModel, result

R2 = Metric("r2", "R²")
BITS = Metric("bits", "Bits per character", "bits", "down")


def row(name: str, metric: Metric, value: float) -> RunRow:
    about: Any = SimpleNamespace(run_id=name, started=1e9, knobs={}, parent=None, metrics=(metric,))
    summary = RecordSummary(Path(f"{name}.sqlite3"), about, 3, 0.5, value, 3)
    return RunRow(summary, Annotation(), "a chapter", (1.0,))


def cells(rows: list[RunRow]) -> dict[str, list[str]]:
    model = RunTableModel()
    model.set_rows(rows)
    columns = {column.title: place for place, column in enumerate(model.columns)}
    return {
        title: [model.data(model.index(r, place)) for r in range(len(rows))]
        for title, place in columns.items()
        if title in ("accuracy", "R²", "bits per character", "loss")
    }


def test_each_first_metric_has_a_column_empty_for_runs_of_other_tasks() -> None:
    rows = [row("a", ACCURACY, 0.9725), row("b", R2, 0.5), row("c", BITS, math.nan)]
    assert cells(rows) == {
        "accuracy": ["97.25%", "", ""],
        "R²": ["", "0.5000", ""],
        "bits per character": ["", "", "–"],
        "loss": ["0.5000"] * 3,
    }
    assert cells(rows[:1]).keys() == {"accuracy", "loss"}
    assert result(rows[0], LOSS) == 0.5 and math.isnan(result(rows[0], R2))


@pytest.mark.parametrize(
    ("metric", "values", "words"),
    [
        (ACCURACY, (0.9, 0.925), "+2.50 percentage points of accuracy"),
        (R2, (0.5, 0.25), "R² −0.25"),
        (BITS, (2.5, 1.5), "bits per character −1 bits"),
    ],
)
def test_two_runs_differ_by_their_metric(
    metric: Metric, values: tuple[float, float], words: str
) -> None:
    one, two = (row(str(value), metric, value) for value in values)
    assert difference(one, two).endswith(words)
    assert "percentage" not in difference(one, row("other", LOSS, 1.0))
    assert axes_of([one, two], metric) == []


def test_no_value_is_no_difference() -> None:
    one, two = row("a", R2, np.nan), row("b", R2, 0.5)
    assert "R²" not in difference(one, two)
