"""Mouse gestures on the page, from press to release, in page pixels."""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsRectItem

from core.ocr.boxes import MIN_SIDE, Rect
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.boxes.resize_handles import Handle
from hellodl_gui.features.page.boxes.snapping import Snapper
from hellodl_gui.state.page_document import PageDocument


class Gesture(Protocol):
    """One press, and what follows from it."""

    def go(self, place: QPointF, exact: bool) -> None:
        """The pointer has moved to a place; `exact`: nothing may catch on its neighbours."""

    def finish(self) -> None:
        """The button was let go."""

    def abandon(self) -> None:
        """Everything as it was before the press."""


class MoveBoxes:
    """Takes the chosen boxes along. A click that moves nothing leaves only `only` chosen."""

    def __init__(
        self, editor: BoxEditor, start: QPointF, snap: Snapper | None, only: int | None
    ) -> None:
        self._editor = editor
        self._start = start
        self._snap = snap
        self._only = only
        self._rects = editor.chosen()
        self._number = editor.new_gesture()

    def go(self, place: QPointF, exact: bool) -> None:
        """Move with the pointer."""
        self._only = None
        dx, dy = (place - self._start).toTuple()
        if self._snap is not None and not exact:
            rects = self._rects.values()
            across = [edge + dx for r in rects for edge in (r.x, r.right)]
            down = [edge + dy for r in rects for edge in (r.y, r.bottom)]
            dx, dy = dx + self._snap.across(across), dy + self._snap.down(down)
        self._editor.move(self._rects, dx, dy, self._number)

    def finish(self) -> None:
        """Stay there."""
        if self._only is not None:
            self._editor.document.select({self._only})

    def abandon(self) -> None:
        """Back."""
        self.go(self._start, exact=True)


class ResizeBox:
    """Pulls a handle of the chosen box."""

    def __init__(
        self, editor: BoxEditor, start: QPointF, snap: Snapper | None, handle: Handle
    ) -> None:
        self._editor = editor
        self._start = start
        self._snap = snap
        self._handle = handle
        self._rects = editor.chosen()
        self._number = editor.new_gesture()

    def go(self, place: QPointF, exact: bool) -> None:
        """Follow the pointer."""
        dx, dy = (place - self._start).toTuple()
        if self._snap is not None and not exact:
            (rect,) = self._rects.values()
            across = {0.0: [rect.x + dx], 1.0: [rect.right + dx]}.get(self._handle[0], [])
            down = {0.0: [rect.y + dy], 1.0: [rect.bottom + dy]}.get(self._handle[1], [])
            dx, dy = dx + self._snap.across(across), dy + self._snap.down(down)
        self._editor.pull(self._rects, self._handle, dx, dy, self._number)

    def finish(self) -> None:
        """Stay there."""

    def abandon(self) -> None:
        """Back."""
        self.go(self._start, exact=True)


class SelectBoxes:
    """Stretches a rubber band; the boxes it touches are chosen with those that were."""

    def __init__(self, document: PageDocument, start: QPointF, band: QGraphicsRectItem) -> None:
        self._document = document
        self._start = start
        self._band = band
        self._before = document.selected

    def go(self, place: QPointF, exact: bool) -> None:
        """Stretch to the pointer."""
        around = QRectF(self._start, place).normalized()
        self._band.setRect(around)
        self._band.show()
        touched = {
            id
            for id, box in self._document.boxes.items()
            if around.intersects(QRectF(box.rect.x, box.rect.y, box.rect.w, box.rect.h))
        }
        self._document.select(self._before | touched)

    def finish(self) -> None:
        """Keep the choice."""
        self._band.hide()

    def abandon(self) -> None:
        """Choose what was chosen before."""
        self._band.hide()
        self._document.select(self._before)


class DrawBox:
    """Stretches a rubber band; it becomes a box."""

    def __init__(self, editor: BoxEditor, start: QPointF, band: QGraphicsRectItem) -> None:
        self._editor = editor
        self._start = start
        self._band = band

    def go(self, place: QPointF, exact: bool) -> None:
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
