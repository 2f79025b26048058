"""Quantise: a slider asks the run once it is free, the newest wins, all can be broken off."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.inspection import CHAPTER
from core.data.dataset import Dataset
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.weights.quantization import QuantizationSettings, quantize
from core.inspect.weights.quantization_eval import EVALUATED_AT_ONCE
from core.knobs import Knobs
from core.nn import Flatten, Linear, LogSoftmax, Module, Sequential
from core.runtime.protocol import Restart
from core.training.task import Split
from core.training.trainer import Trainer
from core.training.weights_file import read_weights
from hellodl_gui.features.quantization import panel as panel_module
from hellodl_gui.features.quantization.panel import QuantizationPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import PageProbe
from tests.gui.kit import messages_of, show_widget
from tests.gui.sent_commands import on_command, on_probe

RNG = np.random.default_rng(0)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
TESTS = EVALUATED_AT_ONCE + 260


def network(knobs: Knobs, rng: np.random.Generator) -> Module:
    return Sequential(Flatten(), Linear(784, 12, rng=rng), Linear(12, 26, rng=rng), LogSoftmax())


class Asked:
    """The training process: what it was asked, answered when a test says so."""

    def __init__(self) -> None:
        images = RNG.integers(0, 256, (TESTS, 28, 28)).astype(np.uint8)
        data = Dataset.from_images(
            "noise", images, (np.arange(TESTS) % 26).astype(np.uint8), LETTERS
        )
        task = replace(CHAPTER.task, data=lambda knobs: Split(data, data), model=network)
        chapter = replace(CHAPTER, task=task)
        self.run = Trainer(task, chapter.defaults())
        self.state = LabState(chapter, Split(data, data), self.run.arena.layout)
        self.questions: list[tuple[int, dict[str, Any]]] = []
        on_probe(
            self.state,
            lambda number, probe, arguments: self.questions.append((number, arguments)),
        )
        self.state.training.set_status(Status.IDLE)
        self.show(0)

    def show(self, step: int) -> None:
        arena = self.run.arena
        self.state.timeline.set_weights(Weights(step, arena.theta.copy(), arena.grad, arena.layout))

    def answer(self) -> dict[str, Any]:
        number, arguments = self.questions.pop(0)
        found = run_probe(
            "quantization", ProbeContext(self.run), self.state.training.knobs, arguments
        )
        self.state.probes.answer(number, found)
        return arguments


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    time = [100.0]
    monkeypatch.setattr(panel_module.time, "perf_counter", lambda: time[0])
    yield time


@pytest.fixture
def panel(qtbot: QtBot, asked: Asked, now: list[float]) -> QuantizationPanel:
    return show_widget(qtbot, QuantizationPanel(asked.state), 640, 480)


def sliders(panel: QuantizationPanel) -> list[QSlider]:
    return panel.findChildren(QSlider)


def settle(panel: QuantizationPanel, asked: Asked) -> None:
    """Until nothing more is asked."""
    for _ in range(20):
        panel.refresh()
        if not asked.questions:
            return
        asked.answer()
    raise AssertionError("it never ends")


def test_the_newest_slider_wins_and_one_question_is_under_way(
    panel: QuantizationPanel, asked: Asked
) -> None:
    settle(panel, asked)
    for place in (5, 9, 14):
        sliders(panel)[0].setValue(place)
        panel.refresh()
    assert len(asked.questions) == 1
    assert asked.answer()["how"] == QuantizationSettings(12)
    panel.refresh()
    assert asked.answer()["how"] == QuantizationSettings(3)
    panel.refresh()
    found = panel.service.found
    assert found is not None and panel.service.found_for == QuantizationSettings(3)
    plot = panel._plot
    assert plot._picture is found.picture and found.picture is not None
    assert found.picture.name == "1.weight" and found.picture.bins == 8
    texts = [label.text() for label in panel.findChildren(QLabel)]
    assert f"{found.total / EVALUATED_AT_ONCE:.1%}" in texts and "3 bits" in texts


def test_the_whole_test_set_is_read_once_the_slider_rests(
    panel: QuantizationPanel, asked: Asked, now: list[float]
) -> None:
    settle(panel, asked)
    sliders(panel)[0].setValue(14)
    settle(panel, asked)
    assert panel.service.whole is None
    now[0] += 1
    panel.refresh()
    assert asked.answer()["first"] == 0
    assert panel.service.counting
    panel.refresh()
    assert asked.answer()["first"] == EVALUATED_AT_ONCE
    theta = quantize(
        asked.state.training.layout, asked.run.arena.theta, QuantizationSettings(3)
    ).theta
    with asked.run.with_weights(theta):
        accuracy = asked.run.evaluate(asked.state.training.knobs).metrics["accuracy"]
    assert panel.service.whole == (round(accuracy * TESTS), TESTS)
    settle(panel, asked)
    assert not panel.service.pending


def test_a_move_or_cancel_breaks_the_whole_off(
    panel: QuantizationPanel, asked: Asked, now: list[float]
) -> None:
    settle(panel, asked)
    now[0] += 1
    panel.refresh()
    assert asked.questions[0][1]["first"] == 0
    sliders(panel)[1].setValue(50)
    asked.answer()
    assert panel.service.whole is None
    panel.refresh()
    assert asked.answer()["how"].pruned == 0.5
    now[0] += 1
    panel.refresh()
    asked.answer()
    panel.refresh()
    cancel = next(b for b in panel.findChildren(QToolButton) if b.text() == "Cancel")
    assert cancel.isVisible()
    cancel.click()
    asked.answer()
    settle(panel, asked)
    assert panel.service.whole is None and not cancel.isVisible()


def test_while_training_goes_on_it_is_asked_now_and_then_and_never_all(
    panel: QuantizationPanel, asked: Asked, now: list[float]
) -> None:
    settle(panel, asked)
    asked.state.training.set_status(Status.PLAYING)
    for step in range(1, 30):
        now[0] += 0.1
        asked.show(step)
        panel.refresh()
        while asked.questions:
            assert asked.answer()["first"] is None
            panel.refresh()
    assert panel.service.whole is None


def test_the_page_is_read_with_the_same_weights_and_changed_letters_are_marked(
    panel: QuantizationPanel, asked: Asked
) -> None:
    glyphs = asked.run.data.test.images[:30]
    asked.state.timeline.probe_page(PageProbe(glyphs, "mine.jpg"))
    settle(panel, asked)
    sliders(panel)[0].setValue(16)
    settle(panel, asked)
    plain, found = panel.service.plain, panel.service.found
    assert plain is not None and found is not None
    assert plain.page is not None and found.page is not None and len(found.page) == 30
    before, after = plain.page.argmax(axis=1), found.page.argmax(axis=1)
    captions = [text for text, _ in panel._gallery._captions]
    assert captions == [
        LETTERS[b] if a == b else f"{LETTERS[b]}→{LETTERS[a]}"
        for b, a in zip(before, after, strict=True)
    ]
    assert (before != after).any()
    same = int((before == after).sum())
    assert any(
        label.text() == f"mine.jpg: {same} of 30 read as before"
        for label in panel.findChildren(QLabel)
    )


def test_squeezed_weights_are_saved_and_put_on_the_table(
    panel: QuantizationPanel, asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(panel, asked)
    buttons = {b.text(): b for b in panel.findChildren(QPushButton)}
    assert not buttons["Open"].isEnabled()
    sliders(panel)[0].setValue(13)
    state = asked.state
    theta = quantize(state.training.layout, asked.run.arena.theta, QuantizationSettings(4)).theta
    path = tmp_path / "small.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    said = messages_of(state)
    buttons["Save…"].click()
    np.testing.assert_array_equal(
        read_weights(path, state.training.layout, state.training.chapter.task.encoding).theta,
        theta,
    )
    assert said[0].level == "info" and "4 bits" in said[0].text
    started: list[np.ndarray] = []
    on_command(state, Restart, lambda c: started.append(c.theta))
    buttons["Open"].click()
    np.testing.assert_array_equal(started[0], theta)
    assert panel.service.how == QuantizationSettings()


def test_weights_that_are_no_numbers_are_said_and_shared_bins_have_no_layer(
    panel: QuantizationPanel, asked: Asked
) -> None:
    settle(panel, asked)
    said = messages_of(asked.state)
    asked.run.arena.theta[0] = np.nan
    asked.show(1)
    sliders(panel)[0].setValue(13)
    next(b for b in panel.findChildren(QPushButton) if b.text() == "Open").click()
    assert said and "NaN" in said[0].text
    assert panel._tensor.isVisible()
    panel._controls._scope.setCurrentIndex(1)
    panel._controls._scope.activated.emit(1)
    assert not panel._tensor.isVisible() and not panel.service.how.apart


def test_bins_are_read_with_the_pointer(
    qtbot: QtBot, panel: QuantizationPanel, asked: Asked
) -> None:
    sliders(panel)[0].setValue(15)
    settle(panel, asked)
    plot = panel._plot
    read: list[str] = []
    plot.read.connect(read.append)
    qtbot.mouseMove(plot, plot.rect().center())
    assert read and read[-1].startswith("bin ") and "of 4" in read[-1]
    qtbot.keyClick(sliders(panel)[0], Qt.Key.Key_Right)
    assert panel.service.how.bits == 1


def test_what_is_refused_is_not_asked_again_until_something_changes(
    panel: QuantizationPanel, asked: Asked, now: list[float]
) -> None:
    panel.refresh()
    number, _ = asked.questions.pop()
    asked.state.probes.answer(number, None)
    for _ in range(40):
        now[0] += 1
        panel.refresh()
    assert not asked.questions and not panel.service.pending
    asked.show(1)
    settle(panel, asked)
    assert panel.service.found is not None
