"""Texts from strangers in tables: never rich text in a tip, never a formula in a spreadsheet."""

import csv
import io
from dataclasses import MISSING, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.record.library import Annotation
from core.record.reader import RecordSummary
from core.search.messages import Trial
from core.training.evaluator import ACCURACY
from hellodl_gui.features.race.race_table import RaceRow, RaceTableModel
from hellodl_gui.features.runs.run_table import RunRow, RunTableModel
from hellodl_gui.features.search.trial_table import TrialTableModel
from hellodl_gui.ui.number_export import NumberTable
from hellodl_gui.ui.tables.table_model import TableModel, plain_tip

_BAD = "<img src='//stranger/share/x.png'>\n<b>&amp;"


def _run(
    problem: str = "", name: str = "run", started: float = 1.7e9, forked: bool = True
) -> RunRow:
    parent = SimpleNamespace(file=_BAD, step=3) if forked else None
    about: Any = SimpleNamespace(
        run_id="a", started=started, knobs={}, parent=parent, metrics=(ACCURACY,)
    )
    summary = RecordSummary(Path(f"{name}.sqlite3"), about, 3, 1.0, 0.5, 3, problem)
    remark = Annotation((_BAD,), _BAD, 0, shown=True)
    return RunRow(summary, remark, _BAD, (1.0, 2.0))


def _models() -> list[TableModel[Any]]:
    runs, trials, race = RunTableModel(), TrialTableModel(), RaceTableModel()
    runs.set_rows([_run(), _run(problem=_BAD), _run(name=_BAD[:4], forked=False)])
    trials.set_trials([Trial(0, {}, "failed", problem=_BAD), Trial(1, {}, "done", machine=_BAD)],
                      [], 0)  # fmt: skip
    race.show_rows([RaceRow(*_race_words())])
    return [runs, trials, race]


def _race_words() -> tuple:  # type: ignore[type-arg]
    kinds = {"str": _BAD, "int": 0, "bool": False}
    needed = [field for field in fields(RaceRow) if field.default is MISSING]
    return tuple(kinds.get(str(field.type), _BAD) for field in needed)


def test_no_tip_of_a_table_is_rich_text(qtbot: QtBot) -> None:
    seen = 0
    for model in _models():
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                tip = model.data(model.index(row, column), Qt.ItemDataRole.ToolTipRole)
                if tip:
                    seen += 1
                    assert "<img" not in tip and "<b>" not in tip
    assert seen > 10


def test_a_plain_tip_shows_what_was_written() -> None:
    assert plain_tip("5 & 6\nlines") == "5 & 6\nlines"
    assert plain_tip(_BAD).startswith("<qt>&lt;img src='//") and "&amp;amp;" in plain_tip(_BAD)


def test_a_cell_that_fails_is_empty_and_logged_once(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    runs = RunTableModel()
    runs.set_rows([_run(started=1e300)])
    cells = [runs.data(runs.index(0, 1)) for _ in range(3)]
    assert cells == [None, None, None] and len(caplog.records) == 1


def test_no_table_has_a_model_of_another_kind() -> None:
    root = Path(__file__).resolve().parents[3] / "hellodl_gui"
    kinds = ("(QAbstractTableModel", "(QAbstractItemModel", "(QAbstractListModel",
             "(QStandardItemModel", "QTableWidget(", "QTreeWidget(")  # fmt: skip
    found = {p.name for p in root.rglob("*.py") if any(kind in p.read_text() for kind in kinds)}
    assert found == {"table_model.py"}


_FORMULAS = ["=1+1", "@SUM(A1)", "+A1", "-A1", "-1+A1", "\t=1", "\rx", " =1", "\n@a", "＝1", "=",
             "-cmd|' /C calc'!A0", "+"]  # fmt: skip
_HARMLESS = ["a=1", "-0.5", "+3 %", "-1e-05", "−3", "5 - 3", "", "'x", "-1,234.5"]


def test_no_cell_of_an_export_is_a_formula() -> None:
    both = _FORMULAS + _HARMLESS
    numbers = np.linspace(-1, 1, len(both))
    text = NumberTable(("=name", "n"), [both, numbers]).text()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0][0] == "'=name"
    written = [row[0] for row in rows[1:]]
    assert written == [f"'{cell}".replace("\r", "\n") for cell in _FORMULAS] + _HARMLESS
    assert [float(row[1]) for row in rows[1:]] == numbers.tolist(), "numbers are untouched"
