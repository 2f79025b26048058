"""The Autograd panel by mouse and keys: formula, steps, sums, checks, the network, files."""

import xml.dom.minidom
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.chainrule import Checked
from core.inspect.probes import answer
from core.train.run import Run
from core.train.task import Split
from hellodl_gui.panels.autograd import AutogradPanel
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.facts import Message, Status
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.manager import themes

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def state() -> LabState:
    declared = chapter("digit-kernels")
    images = np.zeros((20, 28, 28), np.uint8)
    images[:, 8:20, 12:16] = 255
    labels = (np.arange(20) % 10).astype(np.uint8)
    data = Dataset("some", images, labels, tuple("0123456789"))
    found = LabState(declared, Split(data, data), layout_of(declared, declared.defaults()))
    found.set_status(Status.IDLE)
    return found


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> Iterator[AutogradPanel]:
    shown = AutogradPanel(state)
    qtbot.addWidget(shown)
    shown.resize(720, 520)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.close_down()


def click(panel: AutogradPanel, node: int, twice: bool = False) -> None:
    port, at = panel.view.viewport(), panel.view.place_of(node)
    QTest.mouseClick(port, LEFT, pos=at)
    if twice:
        QTest.mouseDClick(port, LEFT, pos=at)


def lines(panel: AutogradPanel, label: str) -> list[str]:
    places = panel.formula.run.seen.places
    node = next(place.id for place in places if place.label == label)
    look = panel.view.box_of(node).look
    return [text for text, _ in look.lines]


def sums_on_edges(panel: AutogradPanel) -> list[str]:
    return [wire.look.text for wire in panel.view.wires() if wire.look.text]


def type_formula(panel: AutogradPanel, text: str) -> None:
    panel.formula.line.selectAll()
    QTest.keyClicks(panel.formula.line, text)


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
    look = panel.view.box_of(node).look
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
    look = panel.view.box_of(panel.formula.run.seen.variables()["x"]).look
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
    said: list[Message] = []
    state.said.connect(said.append)
    panel.export(tmp_path / "graph.svg")
    panel.export(tmp_path / "graph.png")
    panel.export(tmp_path / "nowhere" / "graph.png")
    root = xml.dom.minidom.parse(str(tmp_path / "graph.svg")).documentElement
    assert root.tagName == "svg" and "^ 3" in root.toxml()
    assert QImage(str(tmp_path / "graph.png")).width() > 1000
    assert [m.level for m in said] == ["info", "info", "error"]


def test_the_network_is_asked_for_its_graph_and_boxes_open(
    panel: AutogradPanel, state: LabState
) -> None:
    run = Run(state.chapter.task, state.knobs.with_values(batch_size=4))
    questions: list[Mapping[str, Any]] = []

    def reply(question: int, probe: str, arguments: Mapping[str, Any]) -> None:
        questions.append(arguments)
        state.hear_answer(question, answer(probe, run, state.knobs, arguments))

    state.question_asked.connect(reply)
    panel.draw(0.0)
    assert not questions, "nobody looks at the network yet"
    panel.tabs.setCurrentIndex(1)
    panel.draw(0.0)
    panel.draw(0.0)
    assert len(questions) == 1
    tape = panel.network.tape
    assert tape is not None and "loss" in panel.words.text()
    conv = next(node for node in tape.nodes if node.label == "Conv2d")
    panel.view._hover(conv.id)
    assert "416 parameters" in panel.words.text() and "gradient" in panel.words.text()
    look = panel.view.box_of(conv.id).look
    assert look.warmth is not None and look.lines[1][0].endswith(("µs", "ms"))
    click(panel, conv.id, twice=True)
    panel.draw(0.0)
    assert questions[-1] == {"opened": ("module:0",)}
    op = next(node for node in panel.network.tape.nodes if node.opens.startswith("op:"))
    panel.view.opened.emit(op.id)
    panel.draw(0.0)
    assert len(questions[-1]["opened"]) == 2
    part = next(node for node in panel.network.tape.nodes if node.kind == "part")
    panel.view.opened.emit(part.id)
    panel.draw(0.0)
    assert questions[-1] == {"opened": ("module:0",)}
    QTest.mouseClick(panel.network.fold, LEFT)
    panel.draw(0.0)
    assert questions[-1] == {"opened": ()}
    QTest.mouseClick(panel.network.again, LEFT)
    panel.draw(0.0)
    assert len(questions) == 6


class Answers:
    """The training process, asked by hand: questions wait until `reply`."""

    def __init__(self, state: LabState) -> None:
        self.state = state
        self.run = Run(state.chapter.task, state.knobs.with_values(batch_size=4))
        self.waiting: list[tuple[int, str, Mapping[str, Any]]] = []
        state.question_asked.connect(
            lambda number, probe, arguments: self.waiting.append((number, probe, arguments))
        )

    def reply(self) -> None:
        waiting, self.waiting = self.waiting, []
        for number, probe, arguments in waiting:
            found = answer(probe, self.run, self.state.knobs, arguments)
            self.state.hear_answer(number, found)


@pytest.fixture
def answers(panel: AutogradPanel, state: LabState) -> Answers:
    """The network's graph is on show."""
    found = Answers(state)
    panel.tabs.setCurrentIndex(1)
    panel.draw(0.0)
    found.reply()
    return found


def box(panel: AutogradPanel, label: str) -> int:
    assert panel.network.tape is not None
    return next(node.id for node in panel.network.tape.nodes if node.label == label)


def test_a_clicked_parameter_is_checked_where_its_gradient_is_largest(
    panel: AutogradPanel, answers: Answers
) -> None:
    strip = panel.network.strip
    click(panel, box(panel, "Conv2d"), twice=True)
    panel.draw(0.0)
    answers.reply()
    click(panel, box(panel, "0.bias"))
    assert strip.parameter.currentText() == "0.bias"
    QTest.mouseClick(strip.button, LEFT)
    assert answers.waiting[0][1:] == ("checked", {"parameter": "0.bias", "index": None})
    assert strip.waiting and not strip.button.isEnabled() and "Checking" in strip.words
    answers.reply()
    found = strip.found
    assert found is not None and found.agrees and strip.button.isEnabled()
    assert strip._verdict.text() == "✓ They agree" and strip._verdict.property("role") == "good"
    for part in (
        f"0.bias[{found.index[0]}]",
        "difference",
        "±10⁻⁵",
        "float64",
        "8 training pictures",
    ):
        assert part in strip.words, part
    assert ("✓ checked", "quiet") in panel.view.box_of(box(panel, "0.bias")).look.lines


def test_key_c_checks_the_chosen_box_at_an_index_that_is_typed(
    panel: AutogradPanel, answers: Answers
) -> None:
    strip = panel.network.strip
    click(panel, box(panel, "Conv2d"))
    QTest.keyClicks(strip.index, "3, 0, 9, 1")
    QTest.keyClick(strip.index, Qt.Key.Key_Return)
    assert strip.index.property("wrong") and "from 0 to 4; 9 is outside" in strip.words
    strip.index.clear()
    QTest.keyClicks(strip.index, "3 0 4")
    QTest.keyClick(strip.index, Qt.Key.Key_Return)
    assert "4 whole numbers" in strip.words and not answers.waiting
    QTest.keyClicks(strip.index, " 1")
    assert not strip.index.property("wrong") and strip.words == ""
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_C)
    assert answers.waiting[0][2] == {"parameter": "0.weight", "index": (3, 0, 4, 1)}
    answers.reply()
    assert strip.found is not None and strip.found.index == (3, 0, 4, 1)
    click(panel, box(panel, "ReLU"))
    QTest.keyClick(panel.view, Qt.Key.Key_C)
    assert not answers.waiting and "no parameter" in panel.words.text()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_menu_of_a_box_offers_checks_and_opening(
    panel: AutogradPanel, answers: Answers
) -> None:
    conv = box(panel, "Conv2d")
    at = panel.view.place_of(conv)
    port = panel.view.viewport()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, port.mapToGlobal(at))
    QApplication.sendEvent(port, asked)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "Open", "Check the gradient of 0.weight", "Check the gradient of 0.bias",
    ]  # fmt: skip
    menu.setActiveAction(menu.actions()[-1])
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert panel.view.chosen == conv
    assert answers.waiting[0][2] == {"parameter": "0.bias", "index": None}


def test_a_check_that_differs_warns_and_one_that_is_refused_ends(
    panel: AutogradPanel, answers: Answers, state: LabState
) -> None:
    strip = panel.network.strip
    click(panel, box(panel, "Linear"))
    QTest.mouseClick(strip.button, LEFT)
    number = answers.waiting.pop()[0]
    state.hear_answer(number, Checked("7.weight", (0, 3), 0.5, 0.1, 0.2, 1e-5, 1.0, 0.9, 8, 12))
    assert strip._verdict.property("role") == "doubt" and "✗ They differ" in strip.words
    assert (
        "relative difference 0.5" in strip.words
        and "kink" in strip.words
        and "mini-batch 12" in strip.words
    )
    assert panel.view.box_of(box(panel, "Linear")).look.lines[-1][0].endswith("✗ differs")
    QTest.mouseClick(strip.button, LEFT)
    state.hear_answer(answers.waiting.pop()[0], None)
    panel._on_watch()
    assert "Not checked" in strip.words and strip.button.isEnabled()
    assert not panel._watch.isActive()


def test_an_answer_about_another_parameter_is_dropped(
    panel: AutogradPanel, answers: Answers, state: LabState
) -> None:
    strip = panel.network.strip
    QTest.mouseClick(strip.button, LEFT)
    click(panel, box(panel, "Linear"))
    assert not strip.waiting and strip.words == "" and strip.button.isEnabled()
    answers.reply()
    assert strip.found is None and not strip._told.isVisible()
    state.set_status(Status.PREPARING)
    QTest.mouseClick(strip.button, LEFT)
    assert not answers.waiting and "not ready" in strip.words


def test_without_a_run_the_network_says_why_there_is_nothing(
    panel: AutogradPanel, state: LabState
) -> None:
    state.set_status(Status.PREPARING)
    panel.tabs.setCurrentIndex(1)
    panel.draw(0.0)
    assert panel.network.tape is None
    assert not panel.network.view.isVisible()


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
            assert seen.contains(view.box_of(place.id).sceneBoundingRect()), place
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
    wire = panel.view.wires()[0]
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
    assert panel.view.box_of(node).look.note == ()
    click(panel, node)
    assert "gradient none yet" in panel.words.text() and panel.view.box_of(node).look.note == ()


def test_no_button_of_the_graph_is_called_like_the_one_that_trains(panel: AutogradPanel) -> None:
    texts = [button.text() for button in panel.findChildren(QPushButton)]
    assert "Play" not in texts and "Animate" in texts
