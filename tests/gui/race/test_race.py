"""A race in the window: its list of settings, real runs in processes, what is shown of them."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.errors import LabError
from core.runtime.protocol import OpenRun, Pause
from hellodl_gui.features.race import race_entries
from hellodl_gui.features.race.panel import RacePanel
from hellodl_gui.features.race.race_entries import RaceEntries
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.models import Status
from tests.gui.kit import lab_state, messages_of, show_widget
from tests.gui.sent_commands import on_command

PATIENCE = 120_000
LEARNING, DIGITS = chapter("learning"), chapter("digits")


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[RacePanel]:
    state = lab_state(LEARNING)
    panel = show_widget(qtbot, RacePanel(state), 700, 700)
    panel.terms.steps.setValue(6)
    panel.terms.seed_count.setValue(2)
    yield panel
    panel.close_down()


def see_through(qtbot: QtBot, panel: RacePanel) -> None:
    panel.start()
    assert panel.race.running, panel.bar.wrong
    qtbot.waitUntil(lambda: not panel.race.busy, timeout=PATIENCE)
    panel.refresh()


def test_present_knobs_are_those_not_at_their_default(panel: RacePanel) -> None:
    panel.state.training.turn("lr", 0.1)
    panel.state.training.turn("seed", 7)
    panel.state.training.turn("validate_every", 7)
    panel.adding.present.click()
    assert panel.entries.texts == ("lr=0.1",)
    said = messages_of(panel.state)
    panel.adding.present.click()
    assert panel.entries.texts == ("lr=0.1",) and "lready" in said[-1].text


def test_every_change_of_the_list_is_undone(panel: RacePanel) -> None:
    panel._add(race_entries.rates(LEARNING, panel.state.training.knobs))
    first = panel.entries.texts
    assert len(first) == 5
    panel.table.selectRow(0)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert panel.entries.texts == first[1:]
    index = panel.table.settings.index(0, 1)
    assert panel.table.settings.setData(index, "lr=0.5  optimizer=adam")
    assert panel.entries.texts[0] == "lr=0.5 optimizer=adam"
    panel.undo.undo()
    panel.undo.undo()
    assert panel.entries.texts == first
    panel.undo.undo()
    assert not panel.entries.texts
    panel.undo.redo()
    assert panel.entries.texts == first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr=fast", "not a number"),
        ("lr=1000", "cannot be 1,000"),
        ("speed=3", "no setting “speed”"),
        ("lr", "NAME=VALUE"),
        ("lr=0.1 lr=0.2", "twice"),
        ("seed=3", "seed"),
        ("", "empty"),
    ],
)
def test_a_setting_that_cannot_be_is_explained_and_kept(
    panel: RacePanel, text: str, words: str
) -> None:
    panel._add(["lr=0.1"])
    panel._on_typed(0, text)
    assert panel.entries.texts == (text,)
    assert words in panel.bar.wrong and words in panel.table.settings.rows[0].problem
    panel.start()
    assert not panel.race.running


def test_an_empty_list_says_what_to_do(panel: RacePanel) -> None:
    panel.bar.button.click()
    assert "Nothing to race" in panel.bar.wrong


def test_quick_choices_are_settings_of_their_chapter() -> None:
    knobs = DIGITS.defaults().with_values(batch_size=16)
    for texts in (
        race_entries.optimisers(DIGITS, knobs),
        race_entries.rates(DIGITS, knobs),
        race_entries.experiments(DIGITS, knobs),
    ):
        read = [race_entries.parse_entry(knobs, text) for text in texts]
        assert len(read) > 3
    every = race_entries.optimisers(DIGITS, knobs)
    assert all(text.endswith("batch_size=16") for text in every)
    adam = next(text for text in every if "adam " in text)
    assert race_entries.parse_entry(knobs, adam)["lr"] == 0.001


def test_names_leave_out_what_all_have_in_common() -> None:
    entries = RaceEntries(DIGITS, ["optimizer=adam lr=0.1", "optimizer=sgd lr=0.1"])
    assert entries.names() == ["adam", "sgd"]
    entries.texts = ("optimizer=adam lr=0.1", "optimizer=adam lr=0.10")
    with pytest.raises(LabError, match="twice"):
        entries.settings()


@pytest.mark.slow
def test_a_race_shows_means_spreads_pictures_and_standings(qtbot: QtBot, panel: RacePanel) -> None:
    panel._add(["lr=0.1", "lr=0.01"])
    panel.state.training.set_status(Status.PLAYING)
    said = messages_of(panel.state)
    paused: list[bool] = []
    on_command(panel.state, Pause, lambda _: paused.append(True))
    see_through(qtbot, panel)
    assert paused and "paused" in said[-1].text
    assert not panel.bar.wrong
    rows = panel.table.settings.rows
    assert [row.state for row in rows] == ["2/2", "2/2"]
    assert {row.place for row in rows} <= {1, 2}
    assert all(np.isfinite([*row.goal, *row.loss]).all() for row in rows)
    assert all(row.tiles is not None and row.tiles.shape[1:] == (28, 28) for row in rows)
    for plot in panel.plots.plots.values():
        assert [line.name for line in plot.lines] == ["lr=0.1", "lr=0.01"]
        assert plot.lines[0].xs[-1] == 6
    numbers = panel.numbers()
    assert numbers is not None

    wanted: list[Path] = []
    on_command(panel.state, OpenRun, lambda c: wanted.append(c.path))
    place = panel.table.visualRect(panel.table.settings.index(1, 0)).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    best = {run.record: run.metrics["accuracy"] for run in panel.race.runs(1)}
    assert best[wanted[0]] == max(best.values())

    menu = QMenu()
    qtbot.addWidget(menu)
    panel._fill_menu(menu, 0)
    menu.actions()[2].trigger()
    assert panel.state.training.knobs["lr"] == 0.1

    panel._remove([0])
    panel.refresh()
    assert [line.name for line in panel.plots.plots["loss"].lines] == ["lr=0.01"]


@pytest.mark.slow
def test_stop_ends_a_race_and_the_list_can_be_changed_again(qtbot: QtBot, panel: RacePanel) -> None:
    panel._add(["lr=0.1", "lr=0.01"])
    panel.terms.steps.setValue(1_000_000)
    panel._on_typed(0, "lr=0.0001 stop_at=1 epochs=100")
    panel.start()
    assert not panel.adding.present.isEnabled()
    panel._remove([0])
    assert len(panel.entries.texts) == 2
    qtbot.waitUntil(lambda: any(run.step for run in panel.race.all_runs), timeout=PATIENCE)
    panel.bar.button.click()
    qtbot.waitUntil(lambda: not panel.race.running, timeout=120_000)
    qtbot.waitUntil(panel.adding.present.isEnabled, timeout=120_000)
    assert "stopped" in panel.bar.wrong


@pytest.mark.slow
def test_closing_ends_every_process(qtbot: QtBot, panel: RacePanel) -> None:
    before = set(multiprocessing.active_children())
    panel._add(["lr=0.1", "lr=0.01"])
    panel.start()
    assert set(multiprocessing.active_children()) - before
    panel.close_down()
    assert not set(multiprocessing.active_children()) - before


def test_each_chapter_has_its_own_list(panel: RacePanel) -> None:
    panel._add(["lr=0.1"])
    knobs = DIGITS.defaults()
    data = panel.state.training.data
    panel.state.open_chapter(DIGITS, data, layout_of(DIGITS, knobs))
    assert not panel.entries.texts
    panel._add(["optimizer=adam"])
    panel.state.open_chapter(LEARNING, data, layout_of(LEARNING, LEARNING.defaults()))
    assert panel.entries.texts == ("lr=0.1",)


def test_what_stands_below_the_list_stays_where_it_is_as_it_grows(
    qtbot: QtBot, panel: RacePanel
) -> None:
    def places() -> list[int]:
        QApplication.processEvents()
        return [part.mapTo(panel, QPoint(0, 0)).y() for part in (panel.terms, panel.bar)]

    for size in ((700, 700), (400, 420), (420, 900)):
        panel.resize(*size)
        panel.list_entries(())
        before = places()
        for _, texts in panel._offers():
            panel._add(texts)
            assert places() == before


def test_present_knobs_and_the_same_named_are_one_setting(panel: RacePanel) -> None:
    said = messages_of(panel.state)
    panel._add_present()
    panel._add(panel._offers()[0][1])
    values = [panel.entries.values(text) for text in panel.entries.texts]
    whole = [tuple({**LEARNING.defaults(), **one}.items()) for one in values]  # type: ignore[dict-item]
    assert len(whole) == len(set(whole)) > 3
    panel._add_present()
    assert "lready in the list" in said[-1].text
    name = LEARNING.defaults().name_of("optimizer")
    panel.list_entries([f"optimizer={name}", f"optimizer={name} lr={LEARNING.defaults()['lr']:g}"])
    assert "is the same as" in panel.bar.wrong
