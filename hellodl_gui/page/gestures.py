"""What the mouse can do on the page, from press to release. Places are pixels of the page."""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsRectItem

from core.ocr.boxes import MIN_SIDE, Rect
from hellodl_gui.page.editor import Editor
from hellodl_gui.page.resizer import Handle


class Gesture(Protocol):
    """One press, and what follows from it."""

    def go(self, place: QPointF) -> None:
        """The pointer has moved to a place."""

    def finish(self) -> None:
        """The button was let go."""

    def abandon(self) -> None:
        """Everything as it was before the press."""


class MoveBoxes:
    """Takes the chosen boxes along."""

    def __init__(self, editor: Editor, start: QPointF) -> None:
        self._editor = editor
        self._start = start
        self._rects = editor.chosen()
        self._number = editor.new_gesture()

    def go(self, place: QPointF) -> None:
        """Move with the pointer."""
        by = place - self._start
        self._editor.move(self._rects, by.x(), by.y(), self._number)

    def finish(self) -> None:
        """Stay there."""

    def abandon(self) -> None:
        """Back."""
        self.go(self._start)


class PullHandle:
    """Pulls a handle of the chosen box."""

    def __init__(self, editor: Editor, start: QPointF, handle: Handle) -> None:
        self._editor = editor
        self._start = start
        self._handle = handle
        self._rects = editor.chosen()
        self._number = editor.new_gesture()

    def go(self, place: QPointF) -> None:
        """Follow the pointer."""
        by = place - self._start
        self._editor.pull(self._rects, self._handle, by.x(), by.y(), self._number)

    def finish(self) -> None:
        """Stay there."""

    def abandon(self) -> None:
        """Back."""
        self.go(self._start)


class DrawBox:
    """Stretches a rubber band; it becomes a box."""

    def __init__(self, editor: Editor, start: QPointF, band: QGraphicsRectItem) -> None:
        self._editor = editor
        self._start = start
        self._band = band

    def go(self, place: QPointF) -> None:
        """Stretch to the pointer."""
        width, height = self._editor.document.size
        drawn = QRectF(self._start, place).normalized() & QRectF(0, 0, width, height)
        self._band.setRect(drawn)
        self._band.show()

    def finish(self) -> None:
        """Make a box of it, if it is large enough for one."""
        drawn = self._band.rect()
        if self._band.isVisible() and min(drawn.width(), drawn.height()) >= MIN_SIDE:
            self._editor.add(Rect(drawn.x(), drawn.y(), drawn.width(), drawn.height()))
        self._band.hide()

    def abandon(self) -> None:
        """No box."""
        self._band.hide()
