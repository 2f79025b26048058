"""Mouse gestures on the page, from press to release, in page pixels."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsRectItem

from core.ocr.boxes import MIN_SIDE, Rect
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.boxes.resize_handles import Handle
from hellodl_gui.features.page.boxes.snapping import Snapper


class Gesture:
    """One press, and what follows from it."""

    def __init__(self, editor: BoxEditor, start: QPointF) -> None:
        self._editor, self._document, self._start = editor, editor.document, start

    def go(self, place: QPointF, exact: bool) -> None:
        """The pointer has moved to a place; `exact`: nothing may catch on its neighbours."""

    def finish(self) -> None:
        """The button was let go."""

    def abandon(self) -> None:
        """Everything as it was before the press."""
        self.go(self._start, exact=True)


class DragBoxes(Gesture):
    """Takes the chosen boxes along, or pulls a `handle` of the only one, whose edges may catch.

    A click that moves nothing leaves only `only` chosen.
    """

    def __init__(
        self, editor: BoxEditor, start: QPointF, snap: Snapper | None,
        handle: Handle | None = None, only: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(editor, start)
        self._snap, self._handle, self._only = snap, handle, only
        self._rects = editor.chosen()
        self._number = editor.new_gesture()

    def go(self, place: QPointF, exact: bool) -> None:
        """Move with the pointer."""
        self._only = None
        dx, dy = (place - self._start).toTuple()
        if self._snap is not None and not exact:
            ends = (None, None) if self._handle is None else self._handle
            (rect,) = self._rects.values()
            xs = _dragged(ends[0], rect.x + dx, rect.right + dx)
            ys = _dragged(ends[1], rect.y + dy, rect.bottom + dy)
            across, down = self._snap.catch(xs, ys)
            dx, dy = dx + across, dy + down
        if self._handle is None:
            self._editor.move(self._rects, dx, dy, self._number)
        else:
            self._editor.pull(self._rects, self._handle, dx, dy, self._number)

    def finish(self) -> None:
        """Stay there."""
        if self._only is not None:
            self._document.select({self._only})


def _dragged(end: float | None, low: float, high: float) -> list[float]:
    """Which of two edges a handle at `end` of them drags along; None: both."""
    return [low, high] if end is None else {0.0: [low], 1.0: [high]}.get(end, [])


class SelectBoxes(Gesture):
    """Stretches a rubber band; the boxes it touches are chosen with those that were."""

    def __init__(self, editor: BoxEditor, start: QPointF, band: QGraphicsRectItem) -> None:
        super().__init__(editor, start)
        self._band = band
        self._before = self._document.selected

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


class DrawBox(Gesture):
    """Stretches a rubber band; it becomes a box."""

    def __init__(self, editor: BoxEditor, start: QPointF, band: QGraphicsRectItem) -> None:
        super().__init__(editor, start)
        self._band = band

    def go(self, place: QPointF, exact: bool) -> None:
        """Stretch to the pointer."""
        drawn = QRectF(self._start, place).normalized() & QRectF(0, 0, *self._document.size)
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
