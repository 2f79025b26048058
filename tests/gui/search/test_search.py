"""A sweep in the window: what varies, real searches, and what is done with the best run."""

import math
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from core.runtime.protocol import OpenRun, Pause
from core.search.messages import Trial
from core.search.plan import study_folder
from core.training.evaluator import ACCURACY
from hellodl_gui.features.search.panel import SearchPanel
from hellodl_gui.features.search.search_results import SearchResults
from hellodl_gui.features.search.search_space_text import can_vary, read_range, usual_range
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.models import Status
from tests.gui.kit import lab_state, messages_of, show_widget
from tests.gui.sent_commands import on_command

PATIENCE = 120_000
LEARNING, DIGITS = chapter("learning"), chapter("digits")


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[SearchPanel]:
    state = lab_state(LEARNING)
    panel = show_widget(qtbot, SearchPanel(state), 900, 600)
    panel.terms.set_folder(tmp_path)
    panel.terms.set_name("small")
    choose(panel, "random", "none", 3, 5)
    yield panel
    panel.close_down()


def choose(panel: SearchPanel, method: str, pruning: str, trials: int, steps: int) -> None:
    panel.terms.method.setCurrentIndex(panel.terms.method.findData(method))
    panel.terms.pruning.setCurrentIndex(panel.terms.pruning.findData(pruning))
    panel.terms.trials.setValue(trials)
    panel.terms.steps.setValue(steps)


def see_through(qtbot: QtBot, panel: SearchPanel) -> None:
    panel.start()
    assert panel.search.running, panel.bar.wrong
    qtbot.waitUntil(lambda: not panel._poll.isActive(), timeout=PATIENCE)
    panel.refresh()


@pytest.mark.parametrize("found", chapters(), ids=lambda found: found.key)
def test_every_knob_suggests_a_range_that_can_be_searched(found: object) -> None:
    assert isinstance(found, type(LEARNING))
    knobs = found.defaults()
    for knob in can_vary(knobs):
        vary = read_range(knobs, knob.key, usual_range(knob, knobs[knob.key]))
        assert vary.low < vary.high


def test_ranges_are_added_typed_left_out_and_all_of_it_undone(panel: SearchPanel) -> None:
    assert panel.ranges == (("lr", "0.001..0.1"),)
    panel.add("batch_size")
    field = panel.list.fields["batch_size"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1,2,4")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.ranges[1] == ("batch_size", "1,2,4")
    panel._remove("lr")
    assert [key for key, _ in panel.ranges] == ["batch_size"]
    for _ in range(3):
        panel.undo.undo()
    assert panel.ranges == (("lr", "0.001..0.1"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.1..1000", "cannot be 1,000"),
        ("fast", "not a number"),
        ("1..0.1", "less first"),
        ("", "LOW"),
    ],
)
def test_a_range_that_cannot_be_is_outlined_and_explained(
    panel: SearchPanel, text: str, words: str
) -> None:
    panel._on_typed("lr", text)
    assert words in panel.bar.wrong
    assert panel.list.fields["lr"].property("wrong") == "true"
    panel.start()
    assert not panel.search.running and words in panel.bar.wrong
    panel.undo.undo()
    assert not panel.bar.wrong


def test_nothing_to_vary_and_a_bad_name_are_said(panel: SearchPanel) -> None:
    panel._remove("lr")
    panel.bar.button.click()
    assert "add a setting" in panel.bar.wrong
    panel.add("lr")
    panel.terms.set_name("../elsewhere")
    panel.bar.button.click()
    assert "cannot be the name" in panel.bar.wrong


@pytest.mark.slow
def test_a_search_ends_with_a_best_run_that_is_applied_and_opened(
    qtbot: QtBot, panel: SearchPanel
) -> None:
    panel.state.training.turn("margin", 2)
    panel.state.training.set_status(Status.PLAYING)
    paused: list[bool] = []
    on_command(panel.state, Pause, lambda _: paused.append(True))
    see_through(qtbot, panel)
    assert paused and not panel.bar.wrong
    assert panel.search.counts == {"done": 3, "pruned": 0, "failed": 0, "all": 3}
    best = panel.found.meant
    assert best is not None
    assert best.loss == min(trial.loss for trial in panel.search.trials)
    assert panel.numbers() is not None

    before = panel.state.training.knobs["lr"]
    panel.found._apply.click()
    assert (
        panel.state.training.knobs["lr"] == best.values["lr"]
        and panel.state.training.knobs["margin"] == 2
    )
    panel.undo.undo()
    assert panel.state.training.knobs["lr"] == before

    wanted: list[Path] = []
    on_command(panel.state, OpenRun, lambda c: wanted.append(c.path))
    panel.found._open.click()
    assert wanted == [best.record]

    # The same study with more runs goes on; with another range it is refused in a sentence.
    assert not panel.terms._note.isHidden()
    choose(panel, "random", "none", 4, 5)
    see_through(qtbot, panel)
    assert panel.search.counts["done"] == 4
    assert panel.search.group is not None and len(panel.search.group.runs) == 1
    panel._on_typed("lr", "0.01..0.1")
    see_through(qtbot, panel)
    assert "small" in panel.bar.wrong and len(panel.bar.wrong) > 20


@pytest.mark.slow
def test_stop_and_close_leave_no_process(qtbot: QtBot, panel: SearchPanel) -> None:
    before = set(multiprocessing.active_children())
    choose(panel, "random", "none", 50, 1_000_000)
    panel.start()
    qtbot.waitUntil(lambda: len(panel.search.trials) > 0, timeout=PATIENCE)
    panel.bar.button.click()
    qtbot.waitUntil(lambda: not panel._poll.isActive(), timeout=120_000)
    assert "stopped" in panel.bar.wrong and panel._add.isEnabled()
    panel.terms.set_name("again")
    panel.start()
    panel.close_down()
    assert not set(multiprocessing.active_children()) - before


def trials() -> list[Trial]:
    states = ("done", "pruned", "failed", "done")
    return [
        Trial(
            number, {"lr": 0.1 * (number + 1)}, state,  # type: ignore[arg-type]
            math.nan if state == "failed" else 1.0 / (number + 1),
            {} if state == "failed" else {"accuracy": 0.2 * (number + 1)}, 5, machine="far",
            problem="It broke." if state == "failed" else "",
        )
        for number, state in enumerate(states)
    ]  # fmt: skip


def found_of(qtbot: QtBot, some: list[Trial]) -> SearchResults:
    """The results of a study of the rate; the last trial is the best."""
    found = SearchResults()
    qtbot.addWidget(found)
    found.resize(500, 500)
    found.show_trials(some, [DIGITS.defaults().knobs["lr"]], some[-1], ACCURACY, [ACCURACY])
    found.show()
    return found


def test_runs_stopped_early_and_failed_look_different(qtbot: QtBot) -> None:
    some = trials()
    found = found_of(qtbot, some)
    model = found.table.runs
    words = [model.data(model.index(row, 1)) for row in range(4)]
    assert words == ["done", "stopped early", "failed", "done"]
    colours = [model.data(model.index(r, 1), Qt.ItemDataRole.ForegroundRole) for r in (0, 1, 2)]
    assert len({colour.name() if colour else "" for colour in colours}) == 3
    assert model.data(model.index(2, 0), Qt.ItemDataRole.ToolTipRole) == "It broke."
    assert found.lines.states == ("done", "pruned", "failed", "done")
    assert "dotted" in found._styles.text() and "dashed" in found._styles.text()


def test_a_line_that_is_clicked_is_the_run_that_is_meant(qtbot: QtBot) -> None:
    some = trials()
    found = found_of(qtbot, some)
    assert found.meant is some[3]
    line = found.lines._lines()[0]
    middle = np.mean(line, axis=0)
    QTest.mouseClick(
        found.lines, Qt.MouseButton.LeftButton, pos=QPoint(round(middle[0]), round(middle[1]))
    )
    assert found.meant == some[0]
    found.table.setFocus()
    QTest.keyClick(found.table, Qt.Key.Key_Escape)
    assert found.meant is some[3]


def test_a_run_of_another_machine_is_explained(panel: SearchPanel, tmp_path: Path) -> None:
    said = messages_of(panel.state)
    far = Trial(0, {"lr": 0.1}, "done", 1.0, {"accuracy": 0.5}, 5, tmp_path / "far.sqlite3", "far")
    panel._open(far)
    assert "not on this computer" in said[-1].text and "far" in said[-1].text


def test_each_chapter_has_its_own_ranges(panel: SearchPanel) -> None:
    panel.add("batch_size")
    data = panel.state.training.data
    panel.state.open_chapter(DIGITS, data, layout_of(DIGITS, DIGITS.defaults()))
    assert panel.ranges == (("lr", "0.005..0.5"),)
    panel.state.open_chapter(LEARNING, data, layout_of(LEARNING, LEARNING.defaults()))
    assert [key for key, _ in panel.ranges] == ["lr", "batch_size"]
    assert panel.terms.name.startswith("learning")
    assert study_folder().is_dir()
