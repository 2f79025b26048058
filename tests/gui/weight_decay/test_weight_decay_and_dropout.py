"""Weight sizes follow time; dropout's masks and the norms' statistics are shown, or why not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.record.recorder import Recorder
from core.record.schema import SUFFIX
from core.training.loop import fit
from core.training.task import Split
from core.training.trainer import Trainer
from hellodl_gui.features.dropout_and_norm.panel import DropoutAndNormPanel
from hellodl_gui.features.weight_decay.panel import WeightDecayPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import Moment
from tests.gui.kit import show_widget
from tests.gui.sent_commands import on_probe

RNG = np.random.default_rng(0)
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


class Lab:
    """A run of a chapter on few pictures, and the state that shows it."""

    def __init__(self, key: str) -> None:
        original = chapter(key)
        images = RNG.integers(0, 256, (52, 28, 28)).astype(np.uint8)
        data = Dataset.from_images("noise", images, (np.arange(52) % 26).astype(np.uint8), LETTERS)
        task = replace(original.task, data=lambda knobs: Split(data, data))
        self.chapter: Chapter = replace(original, task=task)
        self.knobs = original.defaults().with_values(batch_size=8)
        self.run = Trainer(task, self.knobs)
        self.state = LabState(self.chapter, Split(data, data), self.run.arena.layout)
        on_probe(self.state, self._on_question)
        self.state.training.set_status(Status.IDLE)

    def _on_question(self, number: int, probe: str, arguments: Any) -> None:
        self.state.probes.answer(
            number, run_probe(probe, ProbeContext(self.run), self.knobs, arguments)
        )

    def weights(self, theta: np.ndarray | None = None) -> Weights:
        arena = self.run.arena
        made = arena.theta.copy() if theta is None else theta
        return Weights(self.run.step, made, arena.grad, arena.layout)

    def train(self, recorder: Recorder | None = None, steps: int = 2) -> None:
        loop = fit(self.run, lambda: self.knobs)
        for _ in range(steps):
            step = next(loop)
            if recorder is not None:
                recorder.on_step(step, 0.01)
        self.state.timeline.set_weights(self.weights())
        self.state.timeline.steps_added.emit(steps)


def texts(widget: Any) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisible()]


@pytest.fixture
def recorded(tmp_path: Path) -> Lab:
    lab = Lab("inspection")
    recorder = Recorder(lab.run, lab.chapter.key, pytest.fail, lambda path: None, folder=tmp_path)
    recorder.begin(lab.knobs)
    first = lab.run.arena.theta.copy()
    lab.train(recorder)
    recorder.close()
    lab.first = first  # type: ignore[attr-defined]
    lab.state.timeline.open_record(next(tmp_path.glob(f"*{SUFFIX}")))
    return lab


def trained_panel(qtbot: QtBot, key: str) -> tuple[Lab, DropoutAndNormPanel]:
    """A panel that shows a run after its first steps."""
    lab = Lab(key)
    panel = show_widget(qtbot, DropoutAndNormPanel(lab.state), 900, 480)
    lab.train()
    panel.refresh()
    return lab, panel


def until_drawn(qtbot: QtBot, panel: WeightDecayPanel) -> None:
    def drawn() -> bool:
        panel.refresh()
        return bool(panel._lines)

    qtbot.waitUntil(drawn, timeout=120_000)


def test_sizes_begin_where_the_record_begins_and_follow_time(qtbot: QtBot, recorded: Lab) -> None:
    panel = show_widget(qtbot, WeightDecayPanel(recorded.state), 900, 480)
    state = recorded.state
    state.timeline.record_opened.emit(state.timeline.path, None)
    until_drawn(qtbot, panel)
    total = sum(slot.size for slot in state.training.layout.specs if len(slot.shape) > 1)
    assert [line.name for line in panel._lines] == ["first", "now"]
    assert all(line.squares.counts.sum() == total for line in panel._lines)
    assert (panel._lines[0].squares.counts != panel._lines[1].squares.counts).any()
    half = recorded.weights(recorded.run.arena.theta * np.float32(0.5))
    state.timeline.show(Moment(1, half, None, {}))
    panel.refresh()
    assert [line.name for line in panel._lines] == ["first", "then", "now"]
    then, now = (line.squares for line in panel._lines[1:])
    assert then.count_below(1e-4) > now.count_below(1e-4)
    panel._histogram.setFocus()
    qtbot.keyClick(panel._histogram, Qt.Key.Key_Right)
    assert panel._histogram.reading is not None
    assert any("squares below" in text and "then" in text for text in texts(panel))
    panel._layer.setCurrentIndex(1)
    panel.show_anew()
    panel.refresh()
    assert panel._lines[0].squares.total == state.training.layout.specs[0].size
    table = panel.numbers()
    assert table is not None and sum(table.columns[2]) == state.training.layout.specs[0].size
    panel.close_down()


def test_without_a_record_it_says_what_to_do(qtbot: QtBot) -> None:
    panel = show_widget(qtbot, WeightDecayPanel(Lab("inspection").state), 900, 480)
    panel.refresh()
    assert any("Press Play" in text for text in texts(panel))
    panel.close_down()


def test_masks_of_the_last_mini_batch_are_struck_through(qtbot: QtBot) -> None:
    lab = Lab("robust-letters")
    panel = show_widget(qtbot, DropoutAndNormPanel(lab.state), 900, 480)
    panel.refresh()
    assert any("draws the first masks" in text for text in texts(panel))
    lab.train()
    panel.refresh()
    (mask,) = run_probe("dropout_masks", ProbeContext(lab.run), lab.knobs, {})
    np.testing.assert_array_equal(panel._grid._kept, mask.kept[0])
    panel._picture.setCurrentIndex(3)
    panel._show_mask()
    np.testing.assert_array_equal(panel._grid._kept, mask.kept[3])
    out = int((~mask.kept[3]).sum())
    assert any(text.startswith(f"{out} of 768 switched off") for text in texts(panel))
    assert not panel.grab().isNull()
    lab.knobs = lab.knobs.with_values(dropout=0)
    lab.train()
    panel.refresh()
    assert any("Raise it" in text for text in texts(panel))


def test_statistics_are_those_of_the_weights_shown(qtbot: QtBot) -> None:
    lab, panel = trained_panel(qtbot, "robust-letters")
    layer = dict(lab.run.model.named_buffers())
    np.testing.assert_array_equal(panel._mean._values, layer["2.running_mean"].data)
    panel._norm.setCurrentIndex(1)
    panel._show_norm()
    np.testing.assert_array_equal(panel._variance._values, layer["6.running_var"].data)
    qtbot.keyClick(panel._variance, Qt.Key.Key_Right)
    assert panel._mean.reading == 0
    assert any(text.startswith("channel 0: mean") for text in texts(panel))
    lab.state.timeline.show(Moment(1, lab.weights(lab.run.arena.theta * 0), None, {}))
    panel.refresh()
    assert not panel._variance._values.any()
    assert any(text.startswith("of the last mini-batch") for text in texts(panel))
    table = panel.numbers()
    assert table is not None and len(table.columns[0]) == 96


def test_a_network_without_them_says_so(qtbot: QtBot) -> None:
    _, panel = trained_panel(qtbot, "letters")
    assert "This network has no dropout." in texts(panel)
    assert "This network has no batch normalisation." in texts(panel)
