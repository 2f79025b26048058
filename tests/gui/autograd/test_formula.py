"""The Autograd panel by mouse and keys: formula, steps, sums, files."""

import xml.dom.minidom
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from hellodl_gui.features.autograd.panel import AutogradPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from tests.gui.autograd.kit import (
    LEFT,
    click,
    lines,
    sums_on_edges,
    type_formula,
)
from tests.gui.kit import messages_of


def test_forward_backward_zero_on_the_chapters_formula(panel: AutogradPanel) -> None:
    desk = panel.formula
    assert lines(panel, "x") == ["= 2"] and lines(panel, "^ 3") == ["= 8"]
    assert not desk.forward.isEnabled() and not desk.zero.isEnabled()
    QTest.mouseClick(desk.backward, LEFT)
    assert lines(panel, "x") == ["= 2", "grad 40"] and lines(panel, "z") == ["= 0", "grad 2"]
    assert sums_on_edges(panel).count("+36") == 1
    assert "dy/dx = 40, dy/dz = 2" in panel.words.text()
    QTest.mouseClick(desk.backward, LEFT)
    assert lines(panel, "x") == ["= 2", "grad 80"]
    assert "Gradients of 2 passes" in panel.words.text()
    QTest.mouseClick(desk.zero, LEFT)
    assert lines(panel, "x") == ["= 2"] and sums_on_edges(panel) == []


def test_arrow_keys_step_and_the_local_derivative_stands_beside_the_box(
    panel: AutogradPanel,
) -> None:
    type_formula(panel, "x*z")
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert lines(panel, "×") == ["= 0", "grad 1"] and sums_on_edges(panel) == []
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert sums_on_edges(panel) == ["+0", "+2"]
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    assert sums_on_edges(panel) == []
    type_formula(panel, "sin(x*z)")
    for _ in range(2):
        QTest.keyClick(panel.view, Qt.Key.Key_Right)
    node = next(p.id for p in panel.formula.run.seen.places if p.label == "sin")
    look = panel.view.boxes[node].look
    assert look.now and look.note == ("∂/∂(x*z) = cos (x*z) = 1",)
    assert "it sends 1 · 1 = 1 to (x*z)" in panel.words.text()


def test_lazy_values_appear_on_forward_and_vanish_when_something_is_turned(
    panel: AutogradPanel,
) -> None:
    desk = panel.formula
    QTest.keyClick(desk.mode, Qt.Key.Key_Down)
    desk.mode.activated.emit(1)
    assert lines(panel, "^ 3") == ["= ?"] and not desk.backward.isEnabled()
    assert "Lazy" in panel.words.text()
    QTest.mouseClick(desk.on, LEFT)
    assert lines(panel, "^ 3") == ["= 8"] and lines(panel, "+ 1") == ["= ?"]
    QTest.mouseClick(desk.forward, LEFT)
    assert lines(panel, "+ 1") == ["= 33"] and desk.backward.isEnabled()
    desk.boxes()["x"].slider.setValue(40)
    assert lines(panel, "x") == ["= 1"] and lines(panel, "^ 3") == ["= ?"]


def test_a_turned_slider_moves_the_gradients_of_a_finished_walk(panel: AutogradPanel) -> None:
    QTest.mouseClick(panel.formula.backward, LEFT)
    box = panel.formula.boxes()["x"]
    box.box.selectAll()
    QTest.keyClicks(box.box, "1")
    QTest.keyClick(box.box, Qt.Key.Key_Return)
    assert lines(panel, "x") == ["= 1", "grad 13"] and box.slider.value() == 40


def test_a_click_on_a_variable_checks_it(panel: AutogradPanel) -> None:
    click(panel, panel.formula.run.seen.variables()["x"])
    look = panel.view.boxes[panel.formula.run.seen.variables()["x"]].look
    assert look.note[0] == "backward pass 40" and look.note[1].endswith("✓")
    assert "backward pass 40" in panel.words.text()
    type_formula(panel, "relu(x)")
    panel.formula.boxes()["x"].slider.setValue(0)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert "kink" in panel.words.text()


def test_what_is_no_formula_is_marked_and_the_graph_stays(panel: AutogradPanel) -> None:
    type_formula(panel, "x^2")
    desk = panel.formula
    assert desk.line.property("wrong") and "two stars" in desk._wrong.text()
    assert "character 2" in desk._wrong.text() and desk._wrong.isVisible()
    assert desk.run.formula.text == "x"
    type_formula(panel, "x*y + 1")
    assert not desk.line.property("wrong") and not desk._wrong.isVisible()
    assert list(desk.boxes()) == ["x", "y"]


def test_examples_bring_their_values(panel: AutogradPanel) -> None:
    panel.formula.examples.activated.emit(2)
    assert panel.formula.line.text() == "x*(z + a)"
    QTest.mouseClick(panel.formula.backward, LEFT)
    assert [lines(panel, name)[1] for name in "xza"] == ["grad 1", "grad 2", "grad 2"]


def test_space_plays_to_the_end(qtbot: QtBot, panel: AutogradPanel) -> None:
    panel.formula._play.setInterval(1)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    run = panel.formula.run
    qtbot.waitUntil(lambda: run.position == run.last and not panel.formula._play.isActive())
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    assert run.position < run.last and not panel.formula._play.isActive()


def test_hovering_tells_and_the_graph_zooms_pans_and_fits(
    qtbot: QtBot, panel: AutogradPanel
) -> None:
    view = panel.view
    QTest.mouseMove(view.viewport(), QPoint(2, 2))
    QTest.mouseMove(view.viewport(), view.place_of(1))
    assert "(pow): value 8, gradient none yet" in panel.words.text()
    QTest.keyClick(view, Qt.Key.Key_0)
    fitted = view.zoom
    at = view.place_of(1)
    view.zoom_by(2.0, at)
    assert view.zoom == pytest.approx(2 * fitted)
    assert (view.place_of(1) - at).manhattanLength() <= 2
    QTest.mousePress(view.viewport(), LEFT, pos=QPoint(20, 20))
    QTest.mouseMove(view.viewport(), QPoint(60, 50))
    QTest.mouseRelease(view.viewport(), LEFT, pos=QPoint(60, 50))
    assert (view.place_of(1) - at - QPoint(40, 30)).manhattanLength() <= 3
    QTest.mouseClick(panel._fit, LEFT)
    assert view.zoom == pytest.approx(fitted)


def test_the_graph_is_kept_as_a_drawing_and_as_a_picture(
    panel: AutogradPanel, state: LabState, tmp_path: Path
) -> None:
    said = messages_of(state)
    panel.export(tmp_path / "graph.svg")
    panel.export(tmp_path / "graph.png")
    panel.export(tmp_path / "nowhere" / "graph.png")
    root = xml.dom.minidom.parse(str(tmp_path / "graph.svg")).documentElement
    assert root.tagName == "svg" and "^ 3" in root.toxml()
    assert QImage(str(tmp_path / "graph.png")).width() > 1000
    assert [m.level for m in said] == ["info", "info", "error"]


def test_a_long_graph_stays_legible_and_follows_the_walk(panel: AutogradPanel) -> None:
    type_formula(panel, "exp(sin(cos(tanh(exp(sin(cos(tanh(x))))))))")
    view = panel.view
    port, last = view.viewport().rect(), panel.formula.run.seen.root
    assert view.zoom >= 0.65
    assert port.contains(view.place_of(0)) and not port.contains(view.place_of(last))
    panel.formula.step(1)
    assert port.contains(view.place_of(last))
    while panel.formula.step(1):
        pass
    assert port.contains(view.place_of(1))


@pytest.mark.parametrize("theme", ["light", "contrast"])
def test_it_draws_in_every_theme(panel: AutogradPanel, theme: str) -> None:
    before = panel.grab().toImage()
    themes().use(theme)
    assert panel.grab().toImage() != before


def test_nothing_is_computed_where_nobody_looks(panel: AutogradPanel, qtbot: QtBot) -> None:
    panel.formula.toggle_play()
    panel.hide()
    panel.formula._on_beat()
    assert not panel.formula._play.isActive()


@pytest.mark.parametrize("width", [720, 860, 1300])
def test_every_example_fits_the_panel_and_can_be_read(panel: AutogradPanel, width: int) -> None:
    panel.resize(width, 560)
    QApplication.processEvents()
    for number in range(panel.formula.examples.count()):
        panel.formula.examples.activated.emit(number)
        view = panel.view
        seen = view.mapToScene(view.viewport().rect()).boundingRect()
        for place in panel.formula.run.seen.places:
            assert seen.contains(view.boxes[place.id].sceneBoundingRect()), place
        assert 12 * view.zoom >= 8 if width < 800 else 12 * view.zoom >= 9


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3x", "3*x"), ("x^2", "x**2"), ("2(x + 1)", "2*(x + 1)"),
        ("(x + 1)(x - 1)", "(x + 1)*(x - 1)"),
        ("y = 3x^2 + 4x", "3*x**2 + 4*x"), ("sin x", "sin(x)"), ("[x + 1]*z", "(x + 1)*z"),
        ("x²", "x**2"), ("sin(x", "sin(x)"), ("x(z + a)", "x*(z + a)"), ("0,5*x", "0.5*x"),
    ],
)  # fmt: skip
def test_a_formula_as_on_paper_is_corrected_with_one_click(
    panel: AutogradPanel, typed: str, meant: str
) -> None:
    desk = panel.formula
    desk.line.setText(typed)
    desk.line.textEdited.emit(typed)
    assert desk.line.property("wrong") and desk.correct.isVisible()
    QTest.mouseClick(desk.correct, LEFT)
    assert desk.line.text() == desk.run.formula.text == meant
    assert not desk.line.property("wrong") and not desk.correct.isVisible()


def test_the_graph_of_an_older_formula_is_pale(panel: AutogradPanel) -> None:
    def picture() -> object:
        return panel.view.viewport().grab().toImage()

    type_formula(panel, "sin")
    assert panel.formula.line.property("wrong")
    pale = picture()
    panel.view.set_stale(False)
    assert picture() != pale
    type_formula(panel, "sin(x)")
    assert not panel.view._stale


def test_the_result_is_called_f_where_y_is_a_variable(panel: AutogradPanel) -> None:
    type_formula(panel, "sin(x)*exp(y)")
    assert panel.formula._result.text() == "f ="
    QTest.mouseClick(panel.formula.backward, LEFT)
    assert "df/dy" in panel.words.text() and "dy/dy" not in panel.words.text()


def test_arrows_point_the_way_the_gradient_goes(panel: AutogradPanel) -> None:
    type_formula(panel, "x*z")
    wire = panel.view.wires[0]
    forward = panel.view.viewport().grab().toImage()
    tip = panel.view.mapFromScene(wire._end) - QPoint(3, 0)
    assert forward.pixelColor(tip) == QColor(themes().theme.quiet)
    QTest.mouseClick(panel.formula.backward, LEFT)
    back = panel.view.viewport().grab().toImage()
    tip = panel.view.mapFromScene(wire._start) + QPoint(6, 2)
    assert back.pixelColor(tip) != forward.pixelColor(tip)


def test_a_click_amid_the_walk_says_what_the_box_says(panel: AutogradPanel) -> None:
    node = panel.formula.run.seen.variables()["x"]
    click(panel, node)
    panel.formula.step(1)
    panel.formula.step(1)
    assert panel.view.boxes[node].look.note == ()
    click(panel, node)
    assert "gradient none yet" in panel.words.text() and panel.view.boxes[node].look.note == ()


def test_no_button_of_the_graph_is_called_like_the_one_that_trains(panel: AutogradPanel) -> None:
    texts = [button.text() for button in panel.findChildren(QPushButton)]
    assert "Play" not in texts and "Animate" in texts
