"""Activation functions: values and slopes are the core's, the point goes where it is dragged."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.teach.activation_functions import ACTIVATIONS, ActivationFunction
from hellodl_gui.features.activation_functions.function_plot import FunctionPlot
from hellodl_gui.features.activation_functions.panel import ActivationFunctionsPanel
from tests.gui.kit import lab_state


@pytest.fixture
def panel(qtbot: QtBot) -> ActivationFunctionsPanel:
    digits = chapter("digits")
    few = Dataset.from_images(
        "few", np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), tuple("0123456789")
    )
    shown = ActivationFunctionsPanel(lab_state(digits, few))
    qtbot.addWidget(shown)
    shown.resize(480, 460)
    shown.show()
    shown.draw(0.0)
    return shown


def said(panel: ActivationFunctionsPanel) -> str:
    panel.draw(0.0)
    return panel.findChild(FunctionPlot).accessibleDescription()


@pytest.mark.parametrize("one", ACTIVATIONS, ids=lambda one: one.key)
def test_slopes_are_those_of_small_differences(one: ActivationFunction) -> None:
    xs = np.array([-6.0, -2.3, -0.4, 0.3, 1.7, 5.0])
    _, slopes = one.sampled(xs)
    h = 1e-5
    measured = (one.sampled(xs + h)[0] - one.sampled(xs - h)[0]) / (2 * h)
    np.testing.assert_allclose(slopes, measured, atol=1e-7)


def test_the_exact_gelu_is_x_times_the_share_of_a_bell_below_x(
    panel: ActivationFunctionsPanel,
) -> None:
    exact = 1 * (1 + math.erf(1 / math.sqrt(2))) / 2
    assert f"x = 1.00; GELU {exact:.4f}, slope 1.0833" in said(panel)


def test_the_point_is_dragged(qtbot: QtBot, panel: ActivationFunctionsPanel) -> None:
    plot = panel.findChild(FunctionPlot)
    high = int(plot.height() * 0.1)
    left, right = (QPoint(round(plot.point(x, 0, 0).x()), high) for x in (-2.0, 2.0))
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=left)
    assert plot.point_at == pytest.approx(-2, abs=0.05)
    qtbot.mouseMove(plot, right)
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=right)
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert "x = 0.00; GELU 0.0000, slope 0.5000" in said(panel)
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert plot.point_at == pytest.approx(-0.4)


def test_a_click_on_a_curve_gives_it_the_tangent(
    qtbot: QtBot, panel: ActivationFunctionsPanel
) -> None:
    plot = panel.findChild(FunctionPlot)
    box = next(b for b in panel.findChildren(QCheckBox) if b.text() == "sigmoid")
    box.setChecked(True)
    panel.draw(0.0)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.point(-3, 0.047, 0).toPoint())
    panel.draw(0.0)
    assert plot.chosen in ("relu", "gelu", "sigmoid", "gelu_tanh")
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.point(3, 0.9526, 0).toPoint())
    panel.draw(0.0)
    assert plot.chosen == "sigmoid"
    assert any("1 / (1 + e⁻ˣ)" in label.text() for label in panel.findChildren(QLabel))


def test_where_a_slope_is_gone_it_says_so(panel: ActivationFunctionsPanel) -> None:
    panel.findChild(FunctionPlot).move_to(-2.0)
    assert "ReLU 0.0000, slope 0.0000 (learns little here)" in said(panel)


def test_the_range_grows_and_shrinks(qtbot: QtBot, panel: ActivationFunctionsPanel) -> None:
    plot = panel.findChild(FunctionPlot)
    for _ in range(12):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.reach == 1
    for _ in range(12):
        qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert plot.reach == 12
    assert not panel.grab().isNull()
