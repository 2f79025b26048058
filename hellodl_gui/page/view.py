"""The photo with its boxes: zoom, pan, drag, resize, draw, type; all of it by keyboard too."""

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView

from core.ocr.boxes import MIN_SIDE, Rect
from hellodl_gui.page.box_item import BoxItem
from hellodl_gui.page.editor import Editor, tr
from hellodl_gui.page.resizer import Handle, Resizer, cursor_for, resized
from hellodl_gui.theming.manager import themes

_ZOOM_STEP = 1.2
_LARGEST = 20.0
_NUDGE, _BIG_NUDGE = 1.0, 10.0
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PageView(QGraphicsView):
    """Mouse: drag a box, pull a handle, draw a new one on empty paper; the wheel zooms at the
    pointer, the middle button or Alt pans. Keys: Tab, arrows (Shift ten times as far, Ctrl
    resizes), Delete, and the character itself to correct a box.

    Signals: `dropped(Path)` a file was dropped.
    """

    dropped = Signal(object)

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._document = editor.document
        self._paper = QGraphicsPixmapItem()
        self._resizer = Resizer()
        self._rubber = QGraphicsRectItem()
        self._rubber.setZValue(3)
        self._rubber.hide()
        self._items: dict[int, BoxItem] = {}
        self._label = 24.0
        self._gesture = 0
        self._handle: Handle | None = None
        self._pressed: QPointF | None = None
        self._start: dict[int, Rect] = {}
        self._panning: QPoint | None = None
        self._fitted = True
        scene = QGraphicsScene(self)
        for item in (self._paper, self._resizer, self._rubber):
            scene.addItem(item)
        self.setScene(scene)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setAccessibleName(tr("Page"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        document = self._document
        document.opened.connect(self._on_opened)
        document.boxes_changed.connect(self._on_boxes)
        document.readings_changed.connect(self._on_readings)
        document.selection_changed.connect(self._on_selection)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    # -- what the document says ---------------------------------------------------------------

    def _on_opened(self) -> None:
        page = self._document.page
        assert page is not None
        height, width, _ = page.photo.pixels.shape
        image = QImage(
            page.photo.pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888
        )
        self._paper.setPixmap(QPixmap.fromImage(image.copy()))
        self.setSceneRect(0, 0, width, height)
        self._label = max(height, width) / 55
        self.fit()

    def _on_boxes(self, ids: set[int]) -> None:
        for id in ids:
            box = self._document.boxes.get(id)
            if box is None:
                if (item := self._items.pop(id, None)) is not None:
                    self.scene().removeItem(item)
                continue
            if id not in self._items:
                self._items[id] = BoxItem(box, self._label)
                self.scene().addItem(self._items[id])
            self._items[id].show_box(box)
            self._show_char(id)
        self._on_selection()

    def _on_readings(self, ids: set[int]) -> None:
        for id in ids:
            if id in self._items:
                self._show_char(id)

    def _show_char(self, id: int) -> None:
        document = self._document
        self._items[id].show_reading(document.char_of(id), document.readings.get(id))

    def _on_selection(self) -> None:
        selected = self._document.selected
        for id, item in self._items.items():
            item.choose(id in selected)
        if len(selected) == 1:
            (id,) = selected
            item = self._items[id]
            self._resizer.sit_on(item.rect(), self.zoom)
        else:
            self._resizer.hide()

    def _on_theme(self, *_: object) -> None:
        self.setBackgroundBrush(QColor(themes().theme.window))
        pen = QPen(QColor("#0b62c4"), 1.5, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._rubber.setPen(pen)

    # -- zoom and pan -------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Screen pixels a page pixel."""
        return self.transform().m11()

    def fit(self) -> None:
        """The whole page in the window."""
        if not self._paper.pixmap().isNull():
            self.fitInView(self._paper, Qt.AspectRatioMode.KeepAspectRatio)
            self._fitted = True
            self._on_selection()

    def zoom_by(self, factor: float) -> None:
        """Closer or further; what lies under the pointer stays there."""
        wanted = self.zoom * factor
        smallest = min(self.width() / max(self.sceneRect().width(), 1), 1) / 4
        if smallest <= wanted <= _LARGEST:
            self._fitted = False
            self.scale(factor, factor)
            self._on_selection()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with Shift scroll sideways as usual."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().wheelEvent(event)
            return
        self.zoom_by(_ZOOM_STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A page that fitted goes on fitting."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    # -- mouse --------------------------------------------------------------------------------

    def _item_at(self, place: QPointF) -> BoxItem | None:
        """The smallest box around a place on the page."""
        hit = [item for item in self._items.values() if item.rect().contains(place)]
        return min(hit, key=lambda i: i.rect().width() * i.rect().height(), default=None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a handle, a box, the paper, or begin a new box."""
        place = self.mapToScene(event.position().toPoint())
        modifiers = event.modifiers()
        if event.button() is Qt.MouseButton.MiddleButton or (
            event.button() is Qt.MouseButton.LeftButton
            and modifiers & Qt.KeyboardModifier.AltModifier
        ):
            self._panning = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        if event.button() is not Qt.MouseButton.LeftButton or self._document.page is None:
            return
        self._pressed = place
        self._gesture = self._editor.new_gesture()
        self._handle = self._resizer.handle_at(place)
        document = self._document
        if self._handle is None:
            item = self._item_at(place)
            if item is None:
                document.select(())
                self._rubber.setRect(QRectF(place, place))
            elif modifiers & Qt.KeyboardModifier.ShiftModifier:
                document.select(document.selected ^ {item.box_id})
            elif item.box_id not in document.selected:
                document.select({item.box_id})
        self._start = {id: document.boxes[id].rect for id in document.selected}

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was taken; otherwise show what could be."""
        if self._panning is not None:
            moved = event.position().toPoint() - self._panning
            self._panning = event.position().toPoint()
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())
            return
        place = self.mapToScene(event.position().toPoint())
        if self._pressed is None:
            self._show_pointer(place)
            return
        dx, dy = place.x() - self._pressed.x(), place.y() - self._pressed.y()
        if self._handle is not None:
            self._place(
                {id: resized(r, self._handle, dx, dy) for id, r in self._start.items()},
                tr("Resize box"),
            )
        elif self._start:
            self._place({id: r.moved(dx, dy) for id, r in self._start.items()}, tr("Move box"))
        else:
            self._rubber.setRect(QRectF(self._pressed, place).normalized() & self.sceneRect())
            self._rubber.show()

    def _place(self, rects: dict[int, Rect], text: str) -> None:
        width, height = self._document.size
        clamped = {id: rect.clamped(width, height) for id, rect in rects.items()}
        self._editor.place(clamped, text, self._gesture)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a drawn rectangle becomes a box."""
        self._panning = None
        self._pressed = None
        self._handle = None
        if self._rubber.isVisible():
            self._rubber.hide()
            drawn = self._rubber.rect()
            if min(drawn.width(), drawn.height()) >= MIN_SIDE:
                self._editor.add(Rect(drawn.x(), drawn.y(), drawn.width(), drawn.height()))
        self._show_pointer(self.mapToScene(event.position().toPoint()))

    def _show_pointer(self, place: QPointF) -> None:
        handle = self._resizer.handle_at(place)
        if handle is not None:
            self.viewport().setCursor(cursor_for(handle))
        elif self._item_at(place) is not None:
            self.viewport().setCursor(Qt.CursorShape.SizeAllCursor)
        else:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)

    # -- keys ---------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tab walks through the boxes; characters belong to the box, not to the window's keys."""
        if isinstance(event, QKeyEvent) and self._document.boxes:
            if event.type() == QEvent.Type.ShortcutOverride and self._is_character(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in (
                Qt.Key.Key_Tab,
                Qt.Key.Key_Backtab,
            ):
                self._editor.step_selection(-1 if event.key() == Qt.Key.Key_Backtab else 1)
                self._show_selected()
                return True
        return super().event(event)

    def _is_character(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        text = event.text()
        return bool(
            self._document.selected
            and len(text) == 1
            and text.isprintable()
            and not text.isspace()
            and plain in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, resize, delete, correct, let go."""
        key = Qt.Key(event.key())
        modifiers = event.modifiers()
        if key in _ARROWS and self._document.selected:
            far = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            step = _BIG_NUDGE if far else _NUDGE
            dx, dy = (step * way for way in _ARROWS[key])
            if not event.isAutoRepeat():
                self._gesture = self._editor.new_gesture()
            if modifiers & Qt.KeyboardModifier.ControlModifier:
                self._editor.grow_selected(dx, dy, self._gesture)
            else:
                self._editor.move_selected(dx, dy, self._gesture)
            self._show_selected()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._editor.delete_selected()
        elif key == Qt.Key.Key_Escape:
            self._document.select(())
        elif self._is_character(event):
            self._editor.type_char(event.text())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        else:
            super().keyPressEvent(event)

    def _show_selected(self) -> None:
        for id in self._document.selected:
            self.ensureVisible(self._items[id])

    # -- drop ---------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may come."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Anywhere."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """It came."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.dropped.emit(Path(url.toLocalFile()))
                event.acceptProposedAction()
                return
