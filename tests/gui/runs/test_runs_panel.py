"""Recorded runs in a table: found, compared, remarked on, deleted, back on the table."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.record import trash
from core.record.models import Parent
from core.record.recorder import Recorder
from core.record.retention import load_keep_last, save_keep_last
from core.record.schema import run_folder
from core.record.use_lock import UseLock
from core.runtime.headless import RecordOptions, train_headless
from core.runtime.protocol import OpenRun
from core.training.trainer import Trainer
from hellodl_gui.features.runs.panel import RunsPanel
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.parallel_coordinates import ParallelAxis, ParallelCoordinates
from tests.gui.kit import lab_state, messages_of, show_widget
from tests.gui.sent_commands import on_command

PATIENCE = 120_000
_GREY = QImage.Format.Format_RGB32
LEARNING = chapter("learning")


def record(lr: float) -> None:
    knobs = LEARNING.defaults().with_values(lr=lr, stop_at=0.6)
    train_headless(LEARNING, knobs, lambda *_: None, recording=RecordOptions())


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[RunsPanel]:
    for old in run_folder().glob("*.sqlite3*"):
        old.unlink()
    for lr in (0.01, 0.1):
        record(lr)
    state = lab_state(LEARNING)
    panel = show_widget(qtbot, RunsPanel(state), 700, 500)
    look(qtbot, panel, 2)
    yield panel
    panel.close_down()


def look(qtbot: QtBot, panel: RunsPanel, count: int) -> None:
    """Wait until so many runs are in the table."""

    def there() -> bool:
        panel._library.look_again()
        panel.refresh()
        return len(panel.table.runs.rows) == count

    qtbot.waitUntil(there, timeout=PATIENCE)


def select(panel: RunsPanel, *places: int) -> None:
    panel.table.clearSelection()
    flags = QItemSelectionModel.SelectionFlag
    for place in places:
        index = panel.table.filter.index(place, 0)
        panel.table.selectionModel().select(index, flags.Select | flags.Rows)


def test_knobs_that_differ_have_a_column_and_can_be_looked_for(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    header = [
        panel.table.runs.headerData(c, Qt.Orientation.Horizontal)
        for c in range(panel.table.runs.columnCount())
    ]
    assert "Learning rate" in header
    QTest.keyClicks(panel._filter, "lr=0.01")
    assert [row.knobs["lr"].default for row in panel.table.visible_rows()] == [0.01]


def test_a_fork_stands_under_its_parent(qtbot: QtBot, panel: RunsPanel) -> None:
    oldest = panel.table.row_at(1)
    knobs = LEARNING.defaults().with_values(lr=0.01, stop_at=0.6)
    run = Trainer(LEARNING.task, knobs)
    parent = Parent(oldest.run_id, oldest.path.name, 0)
    recorder = Recorder(run, "learning", print, lambda path: None, parent)
    recorder.begin(knobs)
    recorder.close()
    look(qtbot, panel, 3)
    began = [panel.table.filter.index(place, 1).data() for place in range(3)]
    assert ["└" in words for words in began] == [False, False, True]
    assert oldest.path.name in panel.table.filter.index(2, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_two_chosen_runs_are_compared(panel: RunsPanel) -> None:
    select(panel, 0, 1)
    words = panel._difference.text()
    assert "Learning rate" in words and "0.01" in words and "0.1" in words
    select(panel, 0)
    assert not panel._difference.text()


def test_a_ticked_run_is_drawn_beside_the_own_one(qtbot: QtBot, panel: RunsPanel) -> None:
    select(panel, 0)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Space)

    def drawn() -> bool:
        panel.refresh()
        return len(panel.state.timeline.comparison_curves) == 1

    qtbot.waitUntil(drawn, timeout=PATIENCE)
    (ghost,) = panel.state.timeline.comparison_curves.values()
    assert len(ghost.steps) == panel.table.selected()[0].summary.last_step
    assert np.isfinite(ghost.trained["loss"]).all()
    panel._hide_all()
    assert not panel.state.timeline.comparison_curves


def test_deleted_runs_come_back_with_undo(qtbot: QtBot, panel: RunsPanel) -> None:
    paths = {row.path for row in panel.table.runs.rows}
    select(panel, 0, 1)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not any(path.exists() for path in paths)
    panel.undo.undo()
    assert all(path.exists() for path in paths)
    look(qtbot, panel, 2)


def test_the_run_on_the_table_is_not_deleted(panel: RunsPanel) -> None:
    said = messages_of(panel.state)
    row = panel.table.row_at(0)
    panel.state.timeline.path = row.path
    panel._delete([row])
    assert row.path.exists()
    assert "cannot be deleted" in said[-1].text


def test_tags_and_notes_are_kept_and_undone(panel: RunsPanel) -> None:
    row = panel.table.row_at(0)
    panel._on_tags(row, "good, fast")
    assert panel.table.row_at(0).remark.tags == ("good", "fast")
    panel._on_note(panel.table.row_at(0), "the one for the talk")
    panel.undo.undo()
    panel.undo.undo()
    assert panel.table.row_at(0).remark.tags == () and panel.table.row_at(0).remark.note == ""


def test_a_damaged_file_is_in_the_list_with_its_problem(qtbot: QtBot, panel: RunsPanel) -> None:
    (run_folder() / "broken.sqlite3").write_text("nothing")
    look(qtbot, panel, 3)
    (broken,) = [row for row in panel.table.runs.rows if row.problem]
    said = messages_of(panel.state)
    panel._open(broken)
    assert "no record of a run" in said[-1].text


def test_a_double_click_puts_a_run_on_the_table(panel: RunsPanel) -> None:
    wanted: list[Path] = []
    on_command(panel.state, OpenRun, lambda c: wanted.append(c.path))
    place = panel.table.visualRect(panel.table.filter.index(0, 3)).center()
    for click in (QTest.mouseClick, QTest.mouseDClick):
        click(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert wanted == [panel.table.row_at(0).path]


def test_a_band_on_an_axis_keeps_the_lines_within(qtbot: QtBot) -> None:
    view = show_widget(qtbot, ParallelCoordinates(), 400, 200)
    axes = [
        ParallelAxis("rate", np.array([0.01, 0.1, 1.0]), ("0.01", "1"), log=True),
        ParallelAxis("right", np.array([0.5, 0.9, 0.1]), ("10 %", "90 %")),
    ]
    view.set_axes(axes, better_high=True)
    assert view.kept().all()
    x, top, middle = round(view._x(1)), round(view._y(1.0)), round(view._y(0.6))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(x, top))
    QTest.mouseMove(view, QPoint(x, middle))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(x, middle))
    assert view.kept().tolist() == [False, True, False]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x, middle))
    assert view.kept().all()


def test_the_room_that_runs_take_is_shown_and_the_bin_is_emptied_after_asking(
    qtbot: QtBot, panel: RunsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "2 runs, " in panel.room._words.text() and not panel.room._empty.isEnabled()
    select(panel, 0)
    panel._delete(panel.table.selected())
    look(qtbot, panel, 1)
    qtbot.waitUntil(lambda: panel.refresh() or panel.room._empty.isEnabled(), timeout=PATIENCE)
    buttons = QMessageBox.StandardButton
    for answer, left in ((buttons.Cancel, 1), (buttons.Yes, 0)):
        monkeypatch.setattr(QMessageBox, "question", lambda *_, answer=answer: answer)
        QTest.mouseClick(panel.room._empty, Qt.MouseButton.LeftButton)
        assert len(trash.deleted_runs(run_folder())) == left
    assert not panel.undo.canUndo()


def test_how_many_runs_to_keep_is_chosen_in_the_window(panel: RunsPanel) -> None:
    panel.room._keep.activated.emit(panel.room._keep.findData(50))
    assert load_keep_last() == 50
    save_keep_last(37)
    panel._show_rows()
    assert panel.room._keep.currentData() == 37
    save_keep_last(None)
    panel._show_rows()
    assert panel.room._keep.currentData() is None


def test_the_open_run_is_marked(qtbot: QtBot, panel: RunsPanel) -> None:
    row = panel.table.row_at(1)
    panel.state.timeline.path = row.path
    panel.refresh()
    model = panel.table.filter
    shown = [model.index(place, 1).data().startswith("▸") for place in range(2)]
    bold = [model.index(place, 1).data(Qt.ItemDataRole.FontRole) is not None for place in range(2)]
    assert shown == bold == [False, True]


def test_the_comparison_goes_when_one_of_the_two_is_deleted(qtbot: QtBot, panel: RunsPanel) -> None:
    select(panel, 0, 1)
    assert panel._difference.text()
    panel._delete([panel.table.row_at(0)])
    look(qtbot, panel, 1)
    assert not panel._difference.text()


def test_tags_and_note_are_seen_in_a_panel_of_usual_width(panel: RunsPanel) -> None:
    panel.resize(430, 500)
    names = [
        panel.table.runs.headerData(column, Qt.Orientation.Horizontal)
        for column in range(panel.table.runs.columnCount())
    ]
    note = names.index("note")
    right = panel.table.columnViewportPosition(note) + panel.table.fontMetrics().horizontalAdvance(
        "note"
    )
    assert names.index("tags") < note and right < panel.table.viewport().width()


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_boxes_to_tick_are_seen_in_every_theme(
    qtbot: QtBot, panel: RunsPanel, theme: str
) -> None:
    themes().use(theme)
    panel._show_rows()
    index = panel.table.filter.index(0, 0)
    place = panel.table.visualRect(index)
    picture = panel.table.viewport().grab(place).toImage().convertToFormat(_GREY)
    levels = [
        picture.pixelColor(x, y).lightness()
        for x in range(picture.width())
        for y in range(picture.height() // 4, 3 * picture.height() // 4)
    ]
    assert max(levels) - min(levels) > 60


def test_a_run_that_another_window_records_is_not_deleted(panel: RunsPanel) -> None:
    said = messages_of(panel.state)
    row = panel.table.row_at(0)
    using = UseLock([row.path])
    panel._delete([row])
    assert row.path.exists() and any("open in a window" in one.text for one in said)
    assert not any("Runs deleted" in one.text for one in said)
    using.release()
