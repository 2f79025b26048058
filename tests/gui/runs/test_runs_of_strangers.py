"""Records from strangers in the Runs panel: no cell ever raises, whatever a record holds."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.record.schema import run_folder
from hellodl_gui.features.runs.panel import RunsPanel
from tests.core.record.mutants import mutants, record
from tests.gui.runs.test_runs_panel import look, panel  # noqa: F401

_LISTED = ("run", "knobs", "steps", "evaluations")


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[int]:
    honest = record(tmp_path)
    yield sum(1 for _ in mutants(honest, run_folder(), _LISTED))
    for path in run_folder().glob("*.*"):
        path.unlink(missing_ok=True)


@pytest.mark.slow
def test_no_cell_raises_for_any_record(
    qtbot: QtBot,
    panel: RunsPanel,  # noqa: F811
    strangers: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    look(qtbot, panel, strangers + 2)
    panel._which.setCurrentIndex(1)
    model = panel.table.runs
    with caplog.at_level(logging.WARNING), qtbot.captureExceptions() as raised:
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                for role in Qt.ItemDataRole:
                    if role < Qt.ItemDataRole.UserRole + 1:
                        model.data(model.index(row, column), role)
        panel.table.filter.sort(1)
        panel.numbers()
    assert not raised and not caplog.records
    assert 2 <= sum(not row.problem for row in model.rows) < strangers
