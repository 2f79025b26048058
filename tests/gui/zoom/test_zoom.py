"""The zoom: wheel and keys lead from the network to one product, forward and backward."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from core.data.dataset import Dataset
from core.inspect.zoom.forward_backward import forward_backward
from core.training.task import Split
from core.training.trainer import Trainer
from hellodl_gui.features.zoom.layer_scenes import layer_scene, max_depth, network_scene
from hellodl_gui.features.zoom.number_scenes import number_scene
from hellodl_gui.features.zoom.panel import ZoomPanel
from hellodl_gui.features.zoom.scene_names import place_name
from hellodl_gui.features.zoom.unit_scenes import unit_scene
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.features.zoom.zoom_style import brief
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.selection import Sample
from tests.gui.answering import RunBeside, blots
from tests.gui.kit import lab_state, show_widget

RNG = np.random.default_rng(5)
CONV, POOL, LINEAR, SOFTMAX, LOSS = 3, 4, 10, 15, 16


@pytest.fixture
def state() -> LabState:
    state = lab_state(chapter("letters"), blots(8, 16, "abcdefghijklmnopqrstuvwxyz", RNG))
    state.training.set_status(Status.IDLE)
    return state


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> ZoomPanel:
    """Asks a run in this process; questions wait in `panel.asked` until `settle`."""
    beside = RunBeside(state)
    panel = show_widget(qtbot, ZoomPanel(state), 760, 460)
    panel.asked = beside.asked  # type: ignore[attr-defined]
    panel.settle = lambda: settle(panel, beside)  # type: ignore[attr-defined]
    panel.refresh()
    assert not beside.asked, "before there are weights nothing is asked"
    beside.show_weights()
    panel.settle()  # type: ignore[attr-defined]
    return panel


def settle(panel: ZoomPanel, beside: RunBeside) -> None:
    for _ in range(3):
        panel.refresh()
        while beside.answer():
            pass
    panel.refresh()


def settled(panel: ZoomPanel) -> None:
    act: Callable[[], None] = panel.settle  # type: ignore[attr-defined]
    act()


def wheel(panel: ZoomPanel, notches: int, at: QPointF) -> None:
    view = panel.view
    event = QWheelEvent(
        at, QPointF(view.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_three_flicks_of_the_wheel_lead_to_a_product_and_back(
    qtbot: QtBot, panel: ZoomPanel
) -> None:
    view = panel.view
    for key in (CONV, 4, (2, 5)):
        at = view.canvas(view.address).rect_of(key).center()
        for _ in range(3):
            wheel(panel, 1, at)
        goal = (*view.address[:-1], key)
        qtbot.waitUntil(
            lambda: not view.moving and view.level == len(view.address), timeout=120_000
        )
        assert view.address == goal
    assert panel.found is not None
    stage = panel.found.stages[CONV]
    words = view.accessibleDescription()
    assert f"y = {stage.values[4, 2, 5]:.6g}".replace("-", "−") in words
    for level in (2, 1, 0):
        wheel(panel, -3, QPointF(30, 30))
        qtbot.waitUntil(lambda: not view.moving and view.level == level, timeout=120_000)  # noqa: B023
    assert view.address == ()


def test_keys_choose_go_in_and_go_out(qtbot: QtBot, panel: ZoomPanel) -> None:
    view = panel.view
    view.setFocus()
    press = lambda key: qtbot.keyClick(view, key)  # noqa: E731
    for _ in range(2):
        press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view.moving and view.level == 1, timeout=120_000)
    assert view.address == (1,)
    press(Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: not view.moving and view.level == 2, timeout=120_000)
    press(Qt.Key.Key_PageDown)
    assert view.address == (1, 1)
    press(Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: not view.moving and view.level == 1, timeout=120_000)
    press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.moving and view.level == 0, timeout=120_000)
    assert view.address == ()


def test_every_level_tells_the_numbers_of_the_network(panel: ZoomPanel) -> None:
    found, view = panel.found, panel.view
    assert found is not None
    for address, expected in (
        ((POOL, 3, (1, 1)), float(found.stages[POOL].values[3, 1, 1])),
        ((5, 3, (1, 1)), float(found.stages[5].values[3, 1, 1])),
        ((LINEAR, 7, (0, 0)), float(found.stages[LINEAR].values[7])),
        ((SOFTMAX, 2), float(found.stages[SOFTMAX].values[2])),
    ):
        view.go(address, at_once=True)
        assert f"= {expected:.6g}".replace("-", "−") in view.accessibleDescription()
    view.go((LOSS,), at_once=True)
    assert f"{found.loss:.6g}" in view.accessibleDescription()
    panel.refresh()
    crumbs = panel.findChildren(QToolButton)
    assert any(button.text() == "Network" for button in crumbs)


def test_backward_writes_out_the_chain_rule_of_one_weight_and_checks_it(
    panel: ZoomPanel,
) -> None:
    view, state = panel.view, panel.state
    next(b for b in panel.findChildren(QToolButton) if b.text() == "Backward").click()
    view.go((CONV, 4), at_once=True)
    assert ("w", 2, 1, 1) in view.canvas(view.address).inside()
    view.go((CONV, 4, ("w", 2, 1, 1)), at_once=True)
    settled(panel)
    terms = panel.terms
    assert terms is not None
    assert (terms.parameter, terms.index) == ("3.weight", (4, 2, 1, 1))
    size = float(np.abs(terms.products).sum())
    assert abs(terms.total - terms.gradient) < 1e-5 * size
    assert "sum of 121 terms" in view.accessibleDescription()
    next(b for b in panel.findChildren(QPushButton) if b.text() == "Check").click()
    settled(panel)
    assert panel.check is not None and panel.check.agrees
    assert "✓" in view.accessibleDescription()
    state.selection.select(3)
    assert panel.check is None, "that was another picture's"
    settled(panel)
    assert panel.terms is not None and panel.terms.gradient != terms.gradient


def test_a_drawing_is_gone_through_like_a_sample(panel: ZoomPanel, state: LabState) -> None:
    drawn = np.zeros((28, 28), np.uint8)
    drawn[10:18, 4:24] = 200
    asked: list[tuple[int, str, dict[str, Any]]] = panel.asked  # type: ignore[attr-defined]
    for ink in (100, 150, 200):  # the pen goes on while the first answer is awaited
        state.selection.select_input(
            Sample("drawing", np.minimum(drawn, np.uint8(ink)), None, "your drawing")
        )
        panel.refresh()
    assert [given["label"] for _, _, given in asked] == [None]
    settled(panel)
    assert panel.found is not None and panel.found.guessed
    wanted = state.training.chapter.task.encode(drawn[None])[0]
    np.testing.assert_array_equal(panel.found.picture, wanted)
    panel._ways.button(1).click()
    panel.view.go((LINEAR, 3, ("w", 7)), at_once=True)
    panel.refresh()
    (given,) = (given for _, probe, given in asked if probe == "chain_rule")
    assert given["images"].tolist() == [drawn.tolist()]
    assert given["labels"].tolist() == [panel.found.label]
    settled(panel)
    assert panel.terms is not None and panel.terms.arriving.shape[0] == 1
    panel._batch.setCurrentIndex(1)
    settled(panel)
    assert panel.terms is not None and panel.terms.arriving.shape[0] == 8


def test_formula_and_source_belong_to_the_place(panel: ZoomPanel) -> None:
    panel.resize(900, 460)
    for address, formula, line in (
        ((CONV,), "w[o,c,i,j]", "y = np.matmul(flat, cols)"),
        ((SOFTMAX,), "log Σ", "np.log(sum_over(np.exp(shifted)"),
        ((POOL, 1), "max", "argmax"),
    ):
        panel.view.go(address, at_once=True)
        panel.refresh()
        assert formula in re.sub("<[^>]*>", "", panel.formula)
        assert line in panel.source.current_line()


def test_what_is_tiny_is_not_zero() -> None:
    assert brief(0.0) == "0"
    assert brief(-0.0004) == "−0.0004"
    assert brief(1.5) == "1.50"


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    "key", [one.key for one in chapters() if one.key != "autograd" and one.number < 9]
)
def test_every_network_can_be_gone_through_to_the_end(
    qtbot: QtBot, key: str, backward: bool
) -> None:
    one = chapter(key)
    knobs = one.defaults()
    images = RNG.integers(0, 256, (4, 28, 28), dtype=np.uint8)
    classes = 2 if "first" in knobs else 26
    names = tuple(str(i) for i in range(classes))
    data = Dataset.from_images("few", images, np.arange(4, dtype=np.uint8) % classes, names)
    run = Trainer(replace(one.task, data=lambda _: Split(data, data)), knobs)
    if run.task.forward(run.model, images[:1]).shape[-1] not in (1, classes):
        names = names[:10]
    look = ZoomInput(forward_backward(run, knobs, images[0], 0), names, backward)
    size = QSizeF(300, 200)
    assert network_scene(look, size).words
    picture = QImage(300, 200, QImage.Format.Format_RGB32)
    for number, stage in enumerate(look.found.stages):
        canvas = layer_scene(look, number, size)
        painter = QPainter(picture)
        canvas.paint(painter, QRectF(0, 0, 300, 200), 1.0)
        if canvas.inside():
            index = canvas.inside()[-1]
            assert isinstance(index, int)
            canvas = unit_scene(look, number, index, size)
            canvas.paint(painter, QRectF(0, 0, 300, 200), 1.0)
            if max_depth(stage) == 3:
                assert canvas.inside()
                canvas = number_scene(look, (number, index, canvas.inside()[-1]), size)
                canvas.paint(painter, QRectF(0, 0, 300, 200), 1.0)
                assert canvas.words
        painter.end()


def test_units_are_numbered_from_zero_and_those_of_classes_bear_their_names(
    panel: ZoomPanel,
) -> None:
    look = panel._look()
    weighed = [n for n, stage in enumerate(look.found.stages) if stage.weight is not None]
    assert place_name(look, (CONV, 0)) == "kernel 0"
    assert place_name(look, (LINEAR, 7)) == "neuron 7"
    assert place_name(look, (weighed[-1], 7)) == "neuron of “h”"
    assert place_name(look, (CONV, 4, (0, 5))) == "row 0, column 5"
