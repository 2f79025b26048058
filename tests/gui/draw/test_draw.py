"""The Draw panel: strokes by mouse, stylus and keys reach the network, and My handwriting."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.chapters.shared.predictor import trained_weights
from core.data.dataset import Dataset
from core.data.handwriting import my_handwriting
from core.kernels.engine import use_engine
from core.runtime.protocol import Finetune, UndoFinetune
from core.training.finetune import FinetuneReport
from core.training.task import Split
from hellodl_gui.features.draw.panel import DrawPanel
from hellodl_gui.features.draw.probability_bars import ProbabilityBars
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status, Weights
from hellodl_gui.state.timeline import Moment
from hellodl_gui.ui.mosaic.layer_outputs import LayerOutputsView
from hellodl_gui.ui.mosaic.mosaic import Mosaic
from tests.gui.kit import lab_state, show_widget
from tests.gui.sent_commands import on_command

DIGITS = tuple("0123456789")
RNG = np.random.default_rng(0)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of its own, and the engine that the window computes with."""
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    with use_engine("reference"):
        yield


@pytest.fixture
def state() -> LabState:
    digits = chapter("digits")
    images = RNG.integers(0, 256, (12, 28, 28)).astype(np.uint8)
    few = Dataset.from_images("few", images, (np.arange(12) % 10).astype(np.uint8), DIGITS)
    state = lab_state(digits, few)
    theta = trained_weights(digits, digits.defaults())
    state.timeline.set_weights(Weights(0, theta, theta, state.training.layout))
    state.training.set_status(Status.IDLE)
    return state


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> Iterator[DrawPanel]:
    shown = show_widget(qtbot, DrawPanel(state), 760, 600)
    qtbot.waitExposed(shown)
    shown.draw(0.0)
    yield shown
    shown.close_down()


ONE = [(0.56 - 0.004 * i, 0.15 + 0.035 * i) for i in range(21)]
ZERO = [(0.5 + 0.2 * math.sin(t), 0.5 - 0.3 * math.cos(t)) for t in np.linspace(0, 2 * math.pi, 33)]


def at(panel: DrawPanel, place: tuple[float, float]) -> QPoint:
    square = panel.pad.square
    spot = square.topLeft() + QPointF(place[0] * square.width(), place[1] * square.height())
    return spot.toPoint()


def stroke(
    qtbot: QtBot, panel: DrawPanel, way: list[tuple[float, float]], button: Qt.MouseButton = LEFT
) -> None:
    pad = panel.pad
    qtbot.mousePress(pad, button, pos=at(panel, way[0]))
    for place in way[1:]:
        qtbot.mouseMove(pad, at(panel, place))
    qtbot.mouseRelease(pad, button, pos=at(panel, way[-1]))


def read(panel: DrawPanel) -> str:
    panel.draw(0.0)
    assert panel.probs is not None
    return panel.state.training.test.classes[int(panel.probs.argmax())]


def ink(panel: DrawPanel) -> int:
    return int(panel.pad.sheet.ink.sum(dtype=np.int64))


def words(panel: DrawPanel) -> str:
    panel.draw(0.0)
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def button(panel: DrawPanel, text: str) -> QPushButton:
    return next(one for one in panel.findChildren(QPushButton) if one.text() == text)


@pytest.mark.parametrize(("way", "digit"), [(ONE, "1"), (ZERO, "0")])
def test_what_is_drawn_by_mouse_is_read(
    qtbot: QtBot, panel: DrawPanel, way: list[tuple[float, float]], digit: str
) -> None:
    stroke(qtbot, panel, way)
    assert read(panel) == digit and panel.probs.max() > 0.9  # type: ignore[union-attr]
    assert f"{digit}  " in words(panel)
    assert 18 <= np.flatnonzero(panel.received.max(axis=1) > 60).size <= 22, "as in the data"


def test_it_is_read_while_the_pen_is_still_down(qtbot: QtBot, panel: DrawPanel) -> None:
    qtbot.mousePress(panel.pad, LEFT, pos=at(panel, ONE[0]))
    for place in ONE[1:]:
        qtbot.mouseMove(panel.pad, at(panel, place))
    assert panel.dirty and read(panel) == "1"
    assert not panel.pad.drawing.strokes and panel.undo.count() == 0
    qtbot.mouseRelease(panel.pad, LEFT, pos=at(panel, ONE[-1]))
    assert len(panel.pad.drawing.strokes) == panel.undo.count() == 1


def test_the_screen_shows_the_same_ink(qtbot: QtBot, panel: DrawPanel) -> None:
    stroke(qtbot, panel, ZERO)
    grab = panel.pad.grab().toImage()
    for place in (ZERO[3], ZERO[20]):
        assert grab.pixelColor(at(panel, place)).lightness() > 240
    assert grab.pixelColor(at(panel, (0.5, 0.5))).lightness() < 10


def test_keys_undo_redo_and_clear(qtbot: QtBot, panel: DrawPanel) -> None:
    stroke(qtbot, panel, ONE)
    one = ink(panel)
    stroke(qtbot, panel, ZERO)
    both = ink(panel)
    qtbot.keyClick(panel.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ink(panel) == one
    again = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel.pad, Qt.Key.Key_Z, again)
    assert ink(panel) == both
    qtbot.keyClick(panel.pad, Qt.Key.Key_Delete)
    assert ink(panel) == 0 and "Nothing is drawn yet." in words(panel)
    qtbot.keyClick(panel.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ink(panel) == both


def test_the_eraser_by_key_and_by_the_right_button(qtbot: QtBot, panel: DrawPanel) -> None:
    stroke(qtbot, panel, ONE)
    stroke(qtbot, panel, ONE, RIGHT)
    assert ink(panel) == 0
    panel.undo.undo()
    qtbot.keyClick(panel.pad, Qt.Key.Key_E)
    stroke(qtbot, panel, ONE)
    assert ink(panel) == 0
    qtbot.keyClick(panel.pad, Qt.Key.Key_E)
    stroke(qtbot, panel, ONE)
    assert ink(panel) > 0


def test_thickness_by_keys_and_wheel(qtbot: QtBot, panel: DrawPanel) -> None:
    usual = panel.pad.thickness
    qtbot.keyClick(panel.pad, Qt.Key.Key_BracketRight)
    assert panel.pad.thickness == usual + 1
    qtbot.keyClick(panel.pad, Qt.Key.Key_BracketLeft)
    qtbot.keyClick(panel.pad, Qt.Key.Key_BracketLeft)
    assert panel.pad.thickness == usual - 1
    middle = QPointF(at(panel, (0.5, 0.5)))
    turn = QWheelEvent(
        middle, middle, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panel.pad, turn)
    assert panel.pad.thickness == usual
    panel.tools.thicken(-100)
    stroke(qtbot, panel, ONE)
    thin = ink(panel)
    panel.tools.thicken(100)
    stroke(qtbot, panel, ONE)
    assert ink(panel) > 5 * thin


def test_a_stylus_draws_as_thick_as_it_is_pressed(panel: DrawPanel) -> None:
    def drawn(pressure: float, kind: QPointingDevice.PointerType) -> int:
        device = QPointingDevice(
            "stylus", 1, QInputDevice.DeviceType.Stylus, kind,
            QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 3,
        )  # fmt: skip
        for number, place in enumerate([*ONE, ONE[-1]]):
            what = QEvent.Type.TabletPress if not number else QEvent.Type.TabletMove
            what = QEvent.Type.TabletRelease if number == len(ONE) else what
            spot = QPointF(at(panel, place))
            held = LEFT if number < len(ONE) else Qt.MouseButton.NoButton
            event = QTabletEvent(
                what, device, spot, spot, pressure, 0, 0, 0.0, 0.0, 0.0,
                Qt.KeyboardModifier.NoModifier, LEFT, held,
            )  # fmt: skip
            QApplication.sendEvent(panel.pad, event)
        return ink(panel)

    pen, other_end = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser
    firm = drawn(1.0, pen)
    panel.undo.undo()
    soft = drawn(0.2, pen)
    assert firm > 1.6 * soft > 0
    assert drawn(1.0, other_end) == 0


def test_arrow_keys_draw_with_shift(qtbot: QtBot, panel: DrawPanel) -> None:
    pad, shift = panel.pad, Qt.KeyboardModifier.ShiftModifier
    for _ in range(9):
        qtbot.keyClick(pad, Qt.Key.Key_Up)
    assert ink(panel) == 0
    for _ in range(18):
        qtbot.keyPress(pad, Qt.Key.Key_Down, shift)
    qtbot.keyRelease(pad, Qt.Key.Key_Shift)
    assert len(pad.drawing.strokes) == 1 and read(panel) == "1"


def test_centring_is_a_choice_that_can_be_undone(qtbot: QtBot, panel: DrawPanel) -> None:
    stroke(qtbot, panel, [(0.1, 0.1), (0.2, 0.3)])
    read(panel)
    centred = panel.received.copy()
    box = panel.findChild(QCheckBox)
    qtbot.mouseClick(box, LEFT)
    read(panel)
    assert not panel.received[14:].any() and panel.received[2:9].any()
    panel.undo.undo()
    read(panel)
    assert box.isChecked()
    np.testing.assert_array_equal(panel.received, centred)


def test_a_test_picture_is_received_as_it_is_and_drawn_over(
    qtbot: QtBot, panel: DrawPanel, state: LabState
) -> None:
    state.selection.select(3)
    panel.tools.actions_by_name["sample"].trigger()
    read(panel)
    np.testing.assert_array_equal(panel.received, state.training.test.images[3])
    stroke(qtbot, panel, ONE, RIGHT)
    read(panel)
    assert (
        not panel.received[10, 14]
        and (panel.received[:, :8] == state.training.test.images[3, :, :8]).all()
    )
    qtbot.keyClick(panel.pad, Qt.Key.Key_Delete)
    assert panel.pad.drawing.empty and panel.pad.drawing.centred


def test_a_typed_digit_keeps_the_picture_and_undo_takes_it_out(
    qtbot: QtBot, panel: DrawPanel
) -> None:
    stroke(qtbot, panel, ONE)
    panel.draw(0.0)
    qtbot.keyClick(panel.pad, Qt.Key.Key_Return)
    field = QApplication.focusWidget()
    qtbot.keyClicks(field, "1")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    (sample,) = my_handwriting().all()
    assert sample.label == "1" and panel.pad.hasFocus()
    np.testing.assert_array_equal(sample.image, panel.received)
    assert "1 in My handwriting" in words(panel)
    qtbot.keyClick(panel.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not my_handwriting().all() and ink(panel) > 0
    panel.undo.redo()
    assert [one.number for one in my_handwriting().all()] == [sample.number]


def test_nothing_is_kept_of_an_empty_sheet(qtbot: QtBot, panel: DrawPanel) -> None:
    field = panel._keep.field
    qtbot.keyClicks(field, "?7")
    assert field.text() == "7", "a letter or a digit"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not button(panel, "Keep").isEnabled() and not my_handwriting().all()


def test_a_lesson_is_asked_for_told_and_taken_back(
    qtbot: QtBot, panel: DrawPanel, state: LabState
) -> None:
    stroke(qtbot, panel, ONE)
    panel.draw(0.0)
    bars = panel.findChild(ProbabilityBars)
    qtbot.mouseClick(bars, LEFT, pos=bars.bin_rect(7).center().toPoint())
    taught: list[tuple[np.ndarray, np.ndarray]] = []
    on_command(state, Finetune, lambda c: taught.append((c.images, c.labels)))
    qtbot.mouseClick(button(panel, "Teach"), LEFT)
    (images, labels), = taught  # fmt: skip
    assert labels.tolist() == [7] and images.shape == (1, 28, 28)
    assert my_handwriting().all()[0].label == "7" and "Learning “7”" in words(panel)
    assert not button(panel, "Teach").isEnabled()
    sure = np.array([0.01], np.float32), np.array([0.92], np.float32)
    state.training.end_lesson(
        FinetuneReport(*sure, asked=100, right=97, won=1, lost=2, steps=40, seconds=1.3)
    )
    assert "confidence 1% → 92%" in words(panel) and button(panel, "Teach").isEnabled()
    wanted: list[bool] = []
    on_command(state, UndoFinetune, lambda _: wanted.append(True))
    qtbot.mouseClick(button(panel, "Take back"), LEFT)
    state.training.end_lesson(None)
    assert wanted and "undone" in words(panel) and button(panel, "Take back").isHidden()


def test_layers_are_shown_and_every_step_of_them(qtbot: QtBot, panel: DrawPanel) -> None:
    stroke(qtbot, panel, ONE)
    panel.draw(0.0)
    flow = panel.findChild(LayerOutputsView)
    names = [mosaic.accessibleName() for mosaic in flow.findChildren(Mosaic)]
    assert names == ["Neurons, ReLU: 128", "Neurons, ReLU: 64", "Neurons: 10"]
    scores = flow.findChildren(Mosaic)[-1]._tiles.ravel()
    assert scores.argmax() == 1
    each = next(b for b in panel.findChildren(QToolButton) if b.text() == "Every step")
    qtbot.mouseClick(each, LEFT)
    qtbot.waitUntil(lambda: len(flow.findChildren(Mosaic)) == 7)


def test_it_follows_training_and_the_moment_that_is_shown(
    qtbot: QtBot, panel: DrawPanel, state: LabState
) -> None:
    stroke(qtbot, panel, ONE)
    assert read(panel) == "1"
    assert state.timeline.weights is not None
    nothing = np.zeros_like(state.timeline.weights.theta)
    before = Weights(5, nothing, nothing * np.nan, state.training.layout)
    state.timeline.show(Moment(5, before, None, {}))
    assert panel.dirty
    panel.draw(0.0)
    assert panel.probs is not None and np.allclose(panel.probs, 0.1)
    assert not button(panel, "Teach").isEnabled(), "what is learnt now would not be seen"
    state.timeline.show(None)
    qtbot.waitUntil(lambda: panel.dirty, timeout=120_000)
    assert read(panel) == "1"


def test_weights_that_are_no_numbers_read_nothing(
    qtbot: QtBot, panel: DrawPanel, state: LabState
) -> None:
    stroke(qtbot, panel, ONE)
    assert state.timeline.weights is not None
    broken = np.full_like(state.timeline.weights.theta, np.nan)
    state.timeline.set_weights(Weights(9, broken, broken, state.training.layout))
    assert "weights are NaN" in words(panel) and panel.probs is None


def test_other_chapters_and_sizes(qtbot: QtBot, panel: DrawPanel, state: LabState) -> None:
    for size in ((300, 340), (360, 700), (1200, 800), (760, 600)):
        panel.resize(*size)
        stroke(qtbot, panel, ZERO)
        assert read(panel) == "0", size
        panel.undo.undo()
    letters = chapter("letters")
    few = Dataset.from_images(
        "few",
        state.training.test.images,
        state.training.test.labels,
        tuple("abcdefghijklmnopqrstuvwxyz"),
    )
    layout = layout_of(letters, letters.defaults())
    state.open_chapter(letters, Split(few, few), layout)
    state.begin_run(1, Split(few, few), layout)
    assert "The weights appear as soon as training is ready." in words(panel)
    theta = trained_weights(letters, letters.defaults())
    state.timeline.set_weights(Weights(0, theta, theta, layout))
    stroke(qtbot, panel, ZERO)
    assert read(panel) == "o"


def test_coloured_pictures_are_refused_in_words(panel: DrawPanel, state: LabState) -> None:
    images = np.zeros((2, 3, 32, 32), np.uint8)
    few = Dataset.from_images("colours", images, np.zeros(2, np.uint8), DIGITS)
    state.begin_run(1, Split(few, few), state.training.layout)
    panel.draw(0.0)
    assert "needs a network that reads characters" in words(panel)
