"""Page view: boxes are selected, dragged, resized, drawn and typed."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPen,
)
from PySide6.QtWidgets import QGraphicsRectItem, QToolTip

from core.translation import tr
from hellodl_gui.features.page.box_editor import BoxEditor
from hellodl_gui.features.page.boxes.box_item import BoxItem, LabelStyle
from hellodl_gui.features.page.boxes.gestures import DragBoxes, DrawBox, Gesture, SelectBoxes
from hellodl_gui.features.page.boxes.resize_handles import ResizeHandles, cursor_for
from hellodl_gui.features.page.boxes.scissors import Scissors
from hellodl_gui.features.page.boxes.snapping import Snapper
from hellodl_gui.features.page.keys import ARROWS, RESIZING, is_character, nudge, page_help
from hellodl_gui.features.page.photo_view import ZOOM_STEP, PhotoView
from hellodl_gui.theming import page_colours

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr)
_REACH = 6.0  # screen pixels beside a thin box where a click is still meant for it
_JITTER = 3  # screen pixels a hand may tremble in a click
_CATCH = 5.0  # screen pixels from which a dragged edge catches
_LABEL_SHARE = 1 / 55  # of the page's longer side
_LABEL_ON_SCREEN = 11.5, 20.0  # pixels: legible, and no larger than it helps


class PageView(PhotoView):
    """Shows a document and hands what mouse and keys mean to its editor.

    Attributes: `snaps`, whether dragged edges catch on ink and neighbours.

    Signals: `space_tapped` the space bar was pressed while no box was chosen, and no panning came
    of it;
    `scissors_changed(bool)` a click cuts, or does no more; `menu_wanted(QPoint)` a box was clicked
    with the right button, at this place of the screen, and is selected.
    """

    space_tapped = Signal()
    menu_wanted = Signal(QPoint)
    scissors_changed = Signal(bool)

    def __init__(self, editor: BoxEditor) -> None:
        super().__init__()
        self._editor = editor
        self._document = editor.document
        self.snaps = True
        self._resizer = ResizeHandles()
        self._scissors = Scissors()
        self._band = QGraphicsRectItem()
        pen = QPen(QColor(page_colours.CHOSEN), 1.5, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._band.setPen(pen)
        self._band.setZValue(3)
        self._band.hide()
        self._items: dict[int, BoxItem] = {}
        self._style = LabelStyle(1.0, 1.0)
        self._gesture: Gesture | None = None
        self._pressed = QPoint()
        self._trembling = False
        self._nudges = editor.new_gesture()
        self._typing = False  # the chosen box was reached by typing the one before
        self._space: bool | None = None  # None: up; True: down; False: down, and used to pan
        for item in (self._resizer, self._band, self._scissors):
            self.scene().addItem(item)
        self.setObjectName("page")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Page"))
        self.setToolTip(page_help())
        document = self._document
        document.opened.connect(self._on_opened)
        document.boxes_changed.connect(self._on_boxes)
        document.readings_changed.connect(self._on_readings)
        document.selection_changed.connect(self._on_selection)
        document.doubt_changed.connect(self._on_doubt)
        self.zoomed.connect(self._on_zoom)

    # -- what the document says ---------------------------------------------------------------

    def _on_opened(self) -> None:
        page = self._document.page
        assert page is not None
        self._gesture = None
        self._band.hide()
        self.show_photo(page.photo.pixels)

    def _on_boxes(self, ids: set[int]) -> None:
        for id in ids:
            box = self._document.boxes.get(id)
            if box is None:
                if (item := self._items.pop(id, None)) is not None:
                    self.scene().removeItem(item)
                continue
            if id not in self._items:
                self._items[id] = BoxItem(box, self._style)
                self.scene().addItem(self._items[id])
            self._items[id].show_box(box)
            self._show_char(id)
        self._seat_resizer()

    def _on_doubt(self) -> None:
        self._on_readings(set(self._items))

    def _on_readings(self, ids: set[int]) -> None:
        for id in ids & self._items.keys():
            self._show_char(id)

    def _show_char(self, id: int) -> None:
        document = self._document
        typed, reading = document.boxes[id].char, document.readings.get(id)
        read = reading.char if reading is not None else ""
        self._items[id].show_char(
            read if typed is None else typed, typed is not None, document.is_doubtful(id)
        )

    def _on_selection(self) -> None:
        selected = self._document.selected
        for id, item in self._items.items():
            item.choose(id in selected)
        self._nudges = self._editor.new_gesture()
        self._seat_resizer()
        self.setAccessibleDescription(
            ", ".join(self._document.spoken(id) for id in sorted(selected))
        )

    def _seat_resizer(self) -> None:
        chosen = self._document.chosen
        if chosen is not None and chosen.id in self._items:
            self._resizer.sit_on(self._items[chosen.id].rect, self.zoom)
        else:
            self._resizer.hide()

    @Slot()
    def _on_zoom(self) -> None:
        usual = max(self._document.size) * _LABEL_SHARE * self.zoom
        least, most = _LABEL_ON_SCREEN
        self._style = LabelStyle(min(max(usual, least), most) / self.zoom, self.zoom)
        for item in self._items.values():
            item.restyle(self._style)
        self._seat_resizer()

    def viewportEvent(self, event: QEvent) -> bool:
        """A pointer at rest is told the guesses."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            item = self._item_at(self.mapToScene(event.pos()))
            words = self._document.spoken(item.box_id) if item else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    # -- mouse --------------------------------------------------------------------------------

    def _item_at(self, place: QPointF) -> BoxItem | None:
        """The smallest box around a place on the page; a thin one is hit beside it, too."""
        hit = [item for item in self._items.values() if item.rect.contains(place)]
        if hit:
            return min(hit, key=lambda item: item.rect.width() * item.rect.height())
        reach = _REACH / self.zoom
        thin = [item for item in self._items.values() if item.is_thinner(2 * reach)]
        near = min(thin, key=lambda item: item.distance(place), default=None)
        return near if near is not None and near.distance(place) <= reach else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a handle, a box, the paper, or begin a new box."""
        self._typing = False
        left = event.button() is Qt.MouseButton.LeftButton
        if event.button() is Qt.MouseButton.MiddleButton or (left and self._space is not None):
            if self._space is not None:
                self._space = False
            self.start_pan(event.position().toPoint())
        elif left and self._document.page is not None:
            self._pressed = event.position().toPoint()
            self._trembling = True
            self._gesture = self._begin(
                self.mapToScene(self._pressed),
                bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier),
            )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of a box; on empty paper that of the panel."""
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        item = None if by_key else self._item_at(self.mapToScene(event.pos()))
        if item is not None and item.box_id not in self._document.selected:
            self._document.select({item.box_id})
        if item is None and not (by_key and self._document.selected):
            event.ignore()
            return
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second press is a press."""
        self.mousePressEvent(event)

    def _begin(self, place: QPointF, several: bool) -> Gesture | None:
        document = self._document
        item = self._item_at(place)
        if self._scissors.on:
            if item is not None:
                self._editor.split_at(item.box_id, place.x())
            return None
        handle = self._resizer.handle_at(place)
        if handle is not None:
            return DragBoxes(self._editor, place, self._snapper(), handle)
        if item is None and several:
            return SelectBoxes(self._editor, place, self._band)
        if item is None:
            document.select(())
            return DrawBox(self._editor, place, self._band)
        if several:
            document.select(document.selected ^ {item.box_id})
            return DragBoxes(self._editor, place, self._snapper())
        if item.box_id not in document.selected:
            document.select({item.box_id})
        return DragBoxes(self._editor, place, self._snapper(), only=item.box_id)

    def _snapper(self) -> Snapper | None:
        """Catches the edges of one chosen box; several keep their own order."""
        selected = self._document.selected
        if not self.snaps or len(selected) != 1:
            return None
        return Snapper(self._document, selected, _CATCH / self.zoom)

    @Slot(bool)
    def set_snaps(self, on: bool) -> None:
        """Let dragged edges catch on ink and neighbours, or not."""
        self.snaps = on

    @Slot(bool)
    def use_scissors(self, on: bool) -> None:
        """Let clicks cut boxes, or not."""
        if on != self._scissors.on:
            self._scissors.on = on
            self._scissors.hide()
            self._show_pointer(self.mapFromGlobal(QCursor.pos()))
            self.scissors_changed.emit(on)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was taken; otherwise show what could be."""
        at = event.position().toPoint()
        if self.pan_to(at):
            return
        if self._gesture is None:
            self._show_pointer(at)
        elif not self._trembling or (at - self._pressed).manhattanLength() > _JITTER:
            self._trembling = False
            exact = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._gesture.go(self.mapToScene(at), exact)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        gesture, self._gesture = self._gesture, None
        self.end_pan()
        if gesture is not None:
            gesture.finish()
        self._show_pointer(event.position().toPoint())

    def _show_pointer(self, at: QPoint) -> None:
        place = self.mapToScene(at)
        handle = self._resizer.handle_at(place)
        item = self._item_at(place)
        self._scissors.aim(item, place)
        if self._space is not None:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._scissors.on:
            shape = Qt.CursorShape.SplitHCursor
        elif handle is not None:
            shape = cursor_for(handle)
        elif item is not None:
            shape = Qt.CursorShape.SizeAllCursor
        else:
            shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    # -- keys ---------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tab walks through the boxes, and on at either end; the page's keys are not the window's
        shortcuts.
        """
        if isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.ShortcutOverride and self._is_ours(event):
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                by = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}.get(Qt.Key(event.key()))
                if by is not None and self._editor.step_selection(by):
                    self.show_selected()
                    return True
        return super().event(event)

    def _is_ours(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space:
            return event.modifiers() == Qt.KeyboardModifier.NoModifier
        return bool(self._document.selected) and (event.key() in ARROWS or is_character(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, resize, delete, correct, let go, zoom."""
        key = event.key()
        typing = self._typing
        self._typing = typing and key in _MODIFIERS
        if key in ARROWS and self._document.selected:
            self._nudge(Qt.Key(key), event.modifiers())
        elif key == Qt.Key.Key_Backspace and event.modifiers() & RESIZING:
            self._editor.type_char(None)
        elif key == Qt.Key.Key_Backspace and self._document.selected:
            self._editor.forget_before()
            self.show_selected()
        elif key == Qt.Key.Key_Delete:
            self._editor.delete_selected()
        elif key == Qt.Key.Key_Escape:
            self._let_go()
        elif key == Qt.Key.Key_Space:
            self._typing = typing
            if self._space is None:
                self._space = True
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._document.selected and is_character(event):
            self._editor.type_char(event.text())
            self._typing = True
            if len(self._document.selected) == 1 and self._editor.step_selection(1):
                self.show_selected()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(ZOOM_STEP, self.pointer())
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / ZOOM_STEP, self.pointer())
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The space bar comes up."""
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat() and self._space is not None:
            tapped, self._space = self._space, None
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
            if tapped and self._document.selected:
                self._part_words()
            elif tapped:
                self.space_tapped.emit()

    def _part_words(self) -> None:
        """The space bar while a box is chosen: right behind a typed letter it is the space of the
        text and only ever adds one; otherwise it sets one before the box, or takes it away.
        """
        if self._typing:
            self._editor.set_space(True)
        else:
            self._editor.turn_space()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A space bar that comes up elsewhere is up."""
        self._space = None
        super().focusOutEvent(event)

    def _nudge(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        dx, dy = nudge(key, modifiers)
        if modifiers & RESIZING:
            self._editor.grow_selected(dx, dy, self._nudges)
        else:
            self._editor.move_selected(dx, dy, self._nudges)
        self.show_selected()

    def _let_go(self) -> None:
        """Give up the drag in hand, or else the choice."""
        if self._gesture is not None:
            self._gesture.abandon()
            self._gesture = None
        elif self._scissors.on:
            self.use_scissors(False)
        else:
            self._document.select(())

    def show_selected(self) -> None:
        """Bring the chosen boxes into sight; a photo that is seen whole stays where it is."""
        if not self.fitted:
            for id in self._document.selected:
                self.ensureVisible(self._items[id])
