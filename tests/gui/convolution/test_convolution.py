"""The Convolution panel: the text's numbers, every product, padding, stride, the network's own."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.teach.convolution import KERNELS, convolve, named_kernel, resized_kernel
from core.inspect.zoom.number_text import short_number
from core.nn.arena import Arena
from hellodl_gui.features.convolution.panel import ConvolutionPanel
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Weights
from hellodl_gui.ui.mosaic.number_grid import NumberGrid
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(0)


@pytest.fixture
def state() -> LabState:
    letters = chapter("digit-kernels")
    knobs = letters.defaults()
    images = RNG.integers(0, 256, (4, 28, 28)).astype(np.uint8)
    few = Dataset.from_images("few", images, np.zeros(4, np.uint8), tuple("0123456789"))
    state = lab_state(letters, few)
    arena = Arena.adopt(letters.task.model(knobs, RNG))
    state.timeline.set_weights(Weights(0, arena.theta.copy(), arena.grad, state.training.layout))
    return state


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> Iterator[ConvolutionPanel]:
    shown = show_widget(qtbot, ConvolutionPanel(state), 760, 520)
    yield shown
    shown.close_down()


def grid(panel: ConvolutionPanel, name: str) -> NumberGrid:
    return next(g for g in panel.findChildren(NumberGrid) if g.accessibleName() == name)


def words(panel: ConvolutionPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def choose(panel: ConvolutionPanel, name: str, key: str) -> None:
    combo = next(c for c in panel.findChildren(QComboBox) if c.accessibleName() == name)
    combo.setCurrentIndex(combo.findData(key))
    combo.activated.emit(combo.currentIndex())


def spin(panel: ConvolutionPanel, beginning: str) -> QSpinBox:
    return next(s for s in panel.findChildren(QSpinBox) if s.accessibleName().startswith(beginning))


def button(panel: ConvolutionPanel, beginning: str) -> QToolButton:
    return next(
        b for b in panel.findChildren(QToolButton) if b.accessibleName().startswith(beginning)
    )


def middle(shown: NumberGrid, row: int, column: int) -> QPoint:
    return shown.cell_rect(row, column).center().toPoint()


@pytest.mark.parametrize(("place", "total"), [((0, 0), 600), ((1, 1), 1005), ((2, 5), 1545)])
def test_pointing_at_a_result_writes_out_its_products(
    qtbot: QtBot, panel: ConvolutionPanel, place: tuple[int, int], total: int
) -> None:
    shown = grid(panel, "result")
    qtbot.mouseMove(shown, middle(shown, 3, 0))
    qtbot.mouseMove(shown, middle(shown, *place))
    assert f"= {total:,}" in words(panel)
    first = panel.exercise.picture[place]
    assert f"{short_number(float(first))}·1 + " in words(panel)


def test_arrow_keys_walk_over_the_result(qtbot: QtBot, panel: ConvolutionPanel) -> None:
    shown = grid(panel, "result")
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(shown, key)
    assert shown.current == (1, 1)
    assert "= 1,005" in words(panel)


def test_a_number_is_typed_over_and_the_change_undone(
    qtbot: QtBot, panel: ConvolutionPanel
) -> None:
    kernel = grid(panel, "kernel")
    qtbot.mouseClick(kernel, Qt.MouseButton.LeftButton, pos=middle(kernel, 0, 0))
    qtbot.keyClick(kernel, Qt.Key.Key_2)
    box = QApplication.focusWidget()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert panel.exercise.kernel[0, 0] == 2
    assert "= 601" in words(panel)
    panel.undo.undo()
    assert "= 600" in words(panel)


def test_what_is_no_number_is_refused_in_words(qtbot: QtBot, panel: ConvolutionPanel) -> None:
    picture = grid(panel, "picture")
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=middle(picture, 0, 0))
    qtbot.keyClick(picture, Qt.Key.Key_Minus)
    with qtbot.waitSignal(picture.refused) as heard:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert "is not a number" in heard.args[0]
    assert panel.exercise.picture[0, 0] == 1


@pytest.mark.parametrize(
    ("padding", "formula"),
    [
        ("valid", "rows: (6 − 3) / 1 + 1 = 4 · columns: (8 − 3) / 1 + 1 = 6"),
        ("same", "rows: (6 + 2·1 − 3) / 1 + 1 = 6 · columns: (8 + 2·1 − 3) / 1 + 1 = 8"),
        ("full", "rows: (6 + 2·2 − 3) / 1 + 1 = 8 · columns: (8 + 2·2 − 3) / 1 + 1 = 10"),
    ],
)
def test_sizes_are_explained(panel: ConvolutionPanel, padding: str, formula: str) -> None:
    choose(panel, "Padding", padding)
    assert formula in words(panel)


def test_a_stride_that_does_not_fit_evenly_is_rounded_down(panel: ConvolutionPanel) -> None:
    spin(panel, "How far").setValue(2)
    assert "rows: ⌊(6 − 3) / 2⌋ + 1 = 2" in words(panel)


def test_same_with_a_stride_says_what_to_do(panel: ConvolutionPanel) -> None:
    choose(panel, "Padding", "same")
    spin(panel, "How far").setValue(3)
    assert "Choose stride 1" in words(panel)
    panel.undo.undo()
    assert "= 8" in words(panel)


def test_the_kernel_slides_by_itself_to_the_end(qtbot: QtBot, panel: ConvolutionPanel) -> None:
    panel._timer.setInterval(1)
    qtbot.mouseClick(button(panel, "Slide"), Qt.MouseButton.LeftButton)
    panel._timer.setInterval(1)
    qtbot.waitUntil(lambda: not panel._timer.isActive(), timeout=120_000)
    assert grid(panel, "result").current == (3, 5)
    qtbot.mouseClick(button(panel, "One step"), Qt.MouseButton.LeftButton)
    assert grid(panel, "result").current == (0, 0)


def test_a_kernel_of_the_network_is_followed_as_it_learns(
    panel: ConvolutionPanel, state: LabState
) -> None:
    name = next(slot.name for slot in state.training.layout.specs if len(slot.shape) == 4)
    choose(panel, "Kernel", name)
    spin(panel, "Which of").setValue(3)
    assert state.timeline.weights is not None
    theta = state.timeline.weights.theta + 1
    state.timeline.set_weights(Weights(1, theta, theta, state.training.layout))
    panel.draw(0.0)
    wanted = state.training.layout.views(theta)[name].reshape(-1, *panel.exercise.kernel.shape)[2]
    np.testing.assert_array_equal(panel.exercise.kernel, wanted)


def test_the_selected_sample_can_be_convolved(panel: ConvolutionPanel, state: LabState) -> None:
    choose(panel, "Picture", "sample")
    state.selection.select(2)
    panel.draw(0.0)
    np.testing.assert_allclose(
        panel.exercise.picture, state.training.test.images[2] / 255, rtol=1e-6
    )
    qt_reset = button(panel, "Back")
    qt_reset.click()
    assert panel.exercise.picture.shape == (6, 8)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("padding", ["valid", "full", 2])
def test_a_window_times_the_kernel_is_the_result(size: int, padding: str | int) -> None:
    picture = RNG.normal(size=(6, 8)).astype(np.float32)
    for name in KERNELS:
        done = convolve(picture, named_kernel(name, size), 2, padding)  # type: ignore[arg-type]
        for place, value in np.ndenumerate(done.result):
            window = done.window(*place)
            assert np.isclose((window * done.kernel).sum(), value, atol=1e-4)


def test_kernels_keep_what_they_are_for() -> None:
    for size in (2, 3, 4, 5):
        assert named_kernel("outline", size).sum() == 0
        assert named_kernel("edge", size).sum() == pytest.approx(0)
        assert named_kernel("blur", size).sum() == pytest.approx(1)
        assert named_kernel("sharpen", size).sum() == 1
    grown = resized_kernel(named_kernel("counting", 3), 5)
    np.testing.assert_array_equal(resized_kernel(grown, 3), named_kernel("counting", 3))
