"""The graph of the open network in the Autograd panel, and numeric checks of its gradients."""

from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.zoom.chain_rule import WeightGradientCheck
from core.training.trainer import Trainer
from hellodl_gui.features.autograd.panel import AutogradPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from tests.gui.autograd.kit import (
    LEFT,
    click,
)
from tests.gui.sent_commands import on_probe


def test_the_network_is_asked_for_its_graph_and_boxes_open(
    panel: AutogradPanel, state: LabState
) -> None:
    run = Trainer(state.training.chapter.task, state.training.knobs.with_values(batch_size=4))
    questions: list[Mapping[str, Any]] = []

    def reply(question: int, probe: str, arguments: Mapping[str, Any]) -> None:
        questions.append(arguments)
        state.probes.answer(
            question, run_probe(probe, ProbeContext(run), state.training.knobs, arguments)
        )

    on_probe(state, reply)
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
    look = panel.view.boxes[conv.id].look
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
        self.run = Trainer(
            state.training.chapter.task, state.training.knobs.with_values(batch_size=4)
        )
        self.waiting: list[tuple[int, str, Mapping[str, Any]]] = []
        on_probe(
            state, lambda number, probe, arguments: self.waiting.append((number, probe, arguments))
        )

    def reply(self) -> None:
        waiting, self.waiting = self.waiting, []
        for number, probe, arguments in waiting:
            found = run_probe(probe, ProbeContext(self.run), self.state.training.knobs, arguments)
            self.state.probes.answer(number, found)


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
    assert answers.waiting[0][1:] == ("gradient_check", {"parameter": "0.bias", "index": None})
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
    assert ("✓ checked", "quiet") in panel.view.boxes[box(panel, "0.bias")].look.lines


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
    state.probes.answer(
        number, WeightGradientCheck("7.weight", (0, 3), 0.5, 0.1, 0.2, 1e-5, 1.0, 0.9, 8, 12)
    )
    assert strip._verdict.property("role") == "doubt" and "✗ They differ" in strip.words
    assert (
        "relative difference 0.5" in strip.words
        and "kink" in strip.words
        and "mini-batch 12" in strip.words
    )
    assert panel.view.boxes[box(panel, "Linear")].look.lines[-1][0].endswith("✗ differs")
    QTest.mouseClick(strip.button, LEFT)
    state.probes.answer(answers.waiting.pop()[0], None)
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
    state.training.set_status(Status.PREPARING)
    QTest.mouseClick(strip.button, LEFT)
    assert not answers.waiting and "not ready" in strip.words


def test_without_a_run_the_network_says_why_there_is_nothing(
    panel: AutogradPanel, state: LabState
) -> None:
    state.training.set_status(Status.PREPARING)
    panel.tabs.setCurrentIndex(1)
    panel.draw(0.0)
    assert panel.network.tape is None
    assert not panel.network.view.isVisible()
