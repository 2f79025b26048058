"""The Descent panel: balls step, play, start where one clicks, and wrong formulas are explained."""

import time
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.kernels.engine import use_engine
from hellodl_gui.features.gradient_descent.panel import DescentPanel
from tests.gui.kit import lab_state, show_widget

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DescentPanel]:
    declared = chapter("digits")
    few = Dataset.from_images(
        "few", np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8), tuple("0123456789")
    )
    with use_engine("reference"):
        state = lab_state(declared, few)
        made = show_widget(qtbot, DescentPanel(state), 620, 480)
        qtbot.waitExposed(made)
        made.draw(time.perf_counter())
        yield made
        made.close_down()


def shown(panel: DescentPanel) -> tuple[int, float]:
    """The step that is seen, and where the plain ball is."""
    return panel.rolling.step, float(panel.rolling.descent.xs[panel.rolling.step, 0])


def test_buttons_and_keys_step_on_and_back(panel: DescentPanel) -> None:
    QTest.mouseClick(panel.on, LEFT)
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Right)
    step, x = shown(panel)
    assert step == 2
    assert x == pytest.approx(1.2084, abs=5e-5)
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Left)
    assert shown(panel)[0] == 1
    panel.draw(time.perf_counter())
    QTest.mouseClick(panel.again, LEFT)
    assert shown(panel) == (0, 0.85)


def test_a_click_on_the_hill_is_the_start(panel: DescentPanel) -> None:
    panel.step(3)
    plot = panel.view.plot
    at = plot.point(3.0, 0.0)
    QTest.mouseClick(plot, LEFT, pos=QPoint(round(at.x()), round(at.y())))
    assert shown(panel)[0] == 0
    assert panel.rolling.descent.start == pytest.approx(3.0, abs=0.01)


def test_another_rate_walks_the_same_steps_from_the_same_start(panel: DescentPanel) -> None:
    panel.step(3)
    panel.rate.turned.emit("rate", 0.05)
    descent = panel.rolling.descent
    assert shown(panel)[0] == 3
    assert descent.start == 0.85
    assert descent.xs[1, 0] == pytest.approx(0.85 + (0.9478 - 0.85) / 4, abs=5e-5)


def test_play_steps_by_itself_and_stops(panel: DescentPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.play, LEFT)
    qtbot.waitUntil(lambda: panel.rolling.step >= 2, timeout=120_000)
    QTest.mouseClick(panel.play, LEFT)
    assert panel.play.text() == "Play"


def test_a_formula_is_typed_and_a_wrong_one_explained(panel: DescentPanel) -> None:
    panel.line.clear()
    QTest.keyClicks(panel.line, "x**2")
    assert panel.rolling.descent.formula.text == "x**2"
    QTest.keyClicks(panel.line, "*z")
    assert not panel._wrong.isHidden()
    assert "one variable" in panel._wrong.text()
    assert panel.rolling.descent.formula.text == "x**2"
    assert np.isfinite(panel.rolling.descent.ys).all()


def test_a_hill_that_has_no_number_everywhere_is_drawn(panel: DescentPanel) -> None:
    panel.rolling.type("log(x)")
    panel.rolling.see(-2.0, 2.0)
    panel.rolling.start_at(-1.0)
    panel.step(2)
    panel.draw(time.perf_counter())
    assert not panel.grab().isNull()
    assert panel.rolling.descent.lost.all()


def test_balls_are_chosen_and_their_numbers_copied(panel: DescentPanel) -> None:
    box = panel.findChild(QCheckBox, "adam")
    assert box is not None
    box.click()
    panel.step(4)
    numbers = panel.numbers()
    assert numbers is not None
    assert numbers.header == ("step", "x, plain", "x, momentum 0.1", "x, Adam")
    assert [len(column) for column in numbers.columns] == [5] * 4


def test_the_wheel_sees_more_or_less(panel: DescentPanel) -> None:
    wide = panel.rolling.high - panel.rolling.low
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Plus)
    panel.draw(time.perf_counter())
    assert panel.rolling.high - panel.rolling.low == pytest.approx(wide / 1.25)
    QTest.mouseDClick(panel.view.plot, LEFT, pos=QPoint(200, 60))
    assert panel.rolling.high - panel.rolling.low == pytest.approx(wide)
