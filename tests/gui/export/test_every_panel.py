"""Every panel becomes a picture in every state it can be brought into, and nothing breaks."""

import ast
import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

import hellodl_gui
from hellodl_gui.app.panel_registry import VIEWS
from hellodl_gui.application import error_hook
from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.snapshot import SharedView, render_image, render_svg
from hellodl_gui.features.weights.kernel_atlas import KernelAtlas
from hellodl_gui.ui.panel import Panel
from tests.gui.answering import Answering
from tests.gui.kit import show_widget

KEYS = (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Plus)


def exported(desk: Answering, panel: Panel) -> None:
    view = SharedView(panel, panel.key, panel.title, "caption", panel.mark_dirty)
    image = render_image(view, 1, Background.WHITE, titled=True)
    assert not image.isNull() and not image.paintingActive()
    assert render_svg(view, Background.CLEAR, titled=True).endswith("</svg>\n")
    desk.settle(panel)


def pictures_of(panel: Panel) -> Iterator[QWidget]:
    """What is painted by hand: everything that is not one of Qt's own widgets."""
    for widget in panel.findChildren(QWidget):
        own = type(widget).__module__.startswith("hellodl_gui")
        own = own and not isinstance(widget, QComboBox | QAbstractButton)
        if own and widget.isVisible() and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            yield widget


@pytest.mark.parametrize("key", VIEWS)
def test_a_panel_becomes_a_picture_in_every_state(qtbot: QtBot, key: str) -> None:
    desk = Answering()
    panel = show_widget(qtbot, VIEWS[key](desk.state), 420, 340)
    exported(desk, panel)  # of nothing
    desk.begin()
    desk.settle(panel)
    exported(desk, panel)
    for widget in list(pictures_of(panel)):
        for share in (0.2, 0.5):
            place = QPoint(round(widget.width() * share), round(widget.height() * share))
            QTest.mouseMove(widget, place)
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)
            desk.settle(panel)
            exported(desk, panel)
        for pressed in KEYS:
            QTest.keyClick(widget, pressed)
        exported(desk, panel)
    panel.close_down()


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ("maps", ["layer", "map or unit", "row", "column", "value"]),
        ("zoom", ["layer", "map or unit", "row", "column", "value", "gradient"]),
        ("dream", ["training picture", "answer"]),
    ],
)
def test_a_view_of_activations_gives_its_numbers(qtbot: QtBot, key: str, header: list[str]) -> None:
    desk = Answering()
    panel = VIEWS[key](desk.state)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.numbers() is None, "before there are any"
    desk.begin()
    panel.draw(0.0)
    qtbot.waitUntil(lambda: bool(desk.settle(panel) or panel.numbers()), timeout=20_000)
    numbers = panel.numbers()
    assert numbers is not None
    rows = list(csv.reader(io.StringIO(numbers.text())))
    assert rows[0] == header and len(rows) > 8
    assert all(len(row) == len(header) for row in rows)
    assert np.isfinite([float(row[-1]) for row in rows[1:]]).all()
    if key in ("maps", "zoom"):
        assert sum(row[0].startswith("1: ") for row in rows) >= 64
    panel.close_down()


def test_an_enlarged_tile_becomes_a_picture_without_words_about_keys(qtbot: QtBot) -> None:
    desk = Answering()
    panel = show_widget(qtbot, VIEWS["weights"](desk.state), 500, 400)
    desk.begin()
    desk.settle(panel)
    atlas = panel.findChild(KernelAtlas)
    assert isinstance(atlas, KernelAtlas)
    QTest.mouseClick(atlas, Qt.MouseButton.LeftButton, pos=atlas.tile_rect(3).center().toPoint())
    assert atlas.enlarged == 3
    view = SharedView(panel, panel.key, panel.title, "", lambda: None)
    text = render_svg(view, Background.SCREEN, titled=False)
    assert "of 128" in text and "Esc" not in text
    assert atlas.enlarged == 3, "what the screen shows stays"


class Failing(QLabel):
    """Fails while it is painted."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawLine(0, 0, 5, 5)
        raise ValueError("no")


def test_a_widget_that_fails_to_paint_leaves_no_painter_and_is_told_of(
    qtbot: QtBot,
) -> None:
    said: list[str] = []
    failing = Failing("x")
    qtbot.addWidget(failing)
    image = QImage(failing.size(), QImage.Format.Format_RGB32)
    try:
        failing.render(image, QPoint())
    except ValueError as error:
        error_hook(said.append)(type(error), error, error.__traceback__)
    assert not image.paintingActive()
    assert "ValueError" in said[0]


def test_a_painter_of_a_picture_ends_whatever_happens() -> None:
    """Outside of paint events, where the painter goes with the event."""
    open_ones = []
    for file in Path(hellodl_gui.__file__).parent.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        held = {id(item.context_expr) for node in ast.walk(tree) if isinstance(node, ast.With)
                for item in node.items}  # fmt: skip
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "QPainter"):
                continue
            on = ast.unparse(node.args[0]) if node.args else ""
            if on not in ("self", "self.viewport()") and id(node) not in held:
                open_ones.append(f"{file.name}:{node.lineno}")
    assert not open_ones


def test_no_protocol_is_told_by_the_names_of_its_attributes() -> None:
    """An attribute of the name would pass for a method of it."""
    root = Path(hellodl_gui.__file__).parents[1]
    files = [f for folder in ("core", "hellodl_gui") for f in (root / folder).rglob("*.py")]
    assert files
    assert not [f.name for f in files if "@runtime_checkable" in f.read_text(encoding="utf-8")]
