"""Hands for the tests of the page: a reader that is easy to predict, a mouse, a wheel."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.ocr.boxes import Rect
from core.ocr.export import FORMATS
from core.ocr.page import Page
from core.ocr.reading import Reading
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.kit import lab_state

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
NO_KEY = Qt.KeyboardModifier.NoModifier
BLANK = np.zeros((28, 28), np.uint8)


class WidthReader:
    """Reads a box as its width in tens of pixels, and notes what it is asked."""

    def __init__(self, p: float = 0.85) -> None:
        self.asked: list[list[Rect]] = []
        self.p = p

    def __call__(self, page: Page, rects: Sequence[Rect]) -> list[Reading]:
        self.asked.append(list(rects))
        others = (("x", 0.1), ("y", 0.05))
        return [Reading(str(int(rect.w // 10) % 10), self.p, others, BLANK) for rect in rects]


def empty_panel() -> PagePanel:
    """A panel of a lab that has trained nothing yet."""
    data = Dataset.from_images(
        "few", np.zeros((10, 28, 28), np.uint8), np.arange(10, dtype=np.uint8), tuple("0123456789")
    )
    return PagePanel(lab_state(chapter("digits"), data))


def use_reader(
    panel: PagePanel,
    read: Callable[[Page, Sequence[Rect]], list[Reading]] | None,
    part: Callable[[Page], Page | None] = lambda page: None,
) -> None:
    """Let this read the boxes, and this part joined letters; None: nobody has read anything."""
    reader, document = panel.controller.reader, panel.document
    reader.read = read or (lambda page, rects: [])
    reader.part = part
    if read is None:
        unread = set(document.readings)
        document.readings.clear()
        document.readings_changed.emit(unread)
    panel.controller.read_all()


def export(panel: PagePanel, path: Path) -> None:
    """Write the page in the format of this ending."""
    panel._exports.write(path, next(f for f in FORMATS if f.ending == path.suffix))


def on_screen(panel: PagePanel, x: float, y: float) -> QPoint:
    return panel.view.mapFromScene(QPointF(x, y))


def press(panel: PagePanel, place: tuple[float, float]) -> QPoint:
    at = on_screen(panel, *place)
    QTest.mousePress(panel.view.viewport(), LEFT, pos=at)
    return at


def drag(
    panel: PagePanel,
    start: tuple[float, float],
    end: tuple[float, float],
    keys: Qt.KeyboardModifier = NO_KEY,
) -> None:
    viewport = panel.view.viewport()
    first, last = on_screen(panel, *start), on_screen(panel, *end)
    QTest.mousePress(viewport, LEFT, keys, pos=first)
    for share in (0.3, 0.6, 1.0):
        at = first + (last - first) * share
        moved = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(viewport.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            LEFT,
            keys,
        )
        QApplication.sendEvent(viewport, moved)
    QTest.mouseRelease(viewport, LEFT, keys, pos=last)


def turn_wheel(panel: PagePanel, at: QPoint, by: int) -> None:
    viewport = panel.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, by),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def order(panel: PagePanel) -> list[int]:
    return [box.id for box in panel.document.in_order()]


def first_box(panel: PagePanel) -> int:
    return order(panel)[0]


def rect_of(panel: PagePanel, id: int) -> Rect:
    return panel.document.boxes[id].rect
