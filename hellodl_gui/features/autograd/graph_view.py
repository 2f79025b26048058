"""View of a computation graph: zoom, pan, keyboard navigation, export."""

from collections.abc import Mapping, Sequence
from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

from core.inspect.graph.layered_layout import GraphLayout, layered_layout
from core.translation import tr
from hellodl_gui.features.autograd.graph_items import (
    COLUMN,
    HEIGHT,
    NOTE_WIDTH,
    WIDTH,
    EdgeContent,
    EdgeItem,
    NodeContent,
    NodeItem,
    edge_items,
)
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.wheel import wheel_notches

_STEP, _LARGEST, _SMALLEST, _FITS_AT = 1.2, 4.0, 0.05, 1.25
_LEGIBLE = 0.68
_MARGIN, _JITTER = 20.0, 4
_NARROWEST = 146.0  # from column to column, where a wider graph would not fit
_STALE = 150


class _Anchor(Enum):
    """What stays in sight when the room changes."""

    LEGIBLE = "what can be read"
    WHOLE = "all of it"
    PLACE = "the place that somebody chose"


class GraphView(QGraphicsView):
    """Boxes in columns from left to right.

    Drag to pan, wheel or + and − to zoom, 0 to fit; Up and Down choose a box, Enter is a click on
    it, Shift+Enter a double click.

    Attributes: `boxes` by node; `wires` in the order of the edges; `chosen`, the node that keys act
    on; `whole`, the frame of it all.

    Signals: `hovered(object)` a node or None; `clicked(int)`, `opened(int)` a node was clicked or
    double-clicked; `menu_wanted(int, QPoint)` its menu, at a place on the screen; `stepped(int)`
    Left (−1) or Right (1); `space_tapped`.
    """

    hovered = Signal(object)
    clicked = Signal(int)
    opened = Signal(int)
    menu_wanted = Signal(int, QPoint)
    stepped = Signal(int)
    space_tapped = Signal()

    def __init__(self, row: float) -> None:
        super().__init__()
        self._row = row
        self.boxes: dict[int, NodeItem] = {}
        self.wires: list[EdgeItem] = []
        self._laid: GraphLayout | None = None
        self._column = COLUMN
        self._stale = False
        self._nodes: tuple[int, ...] = ()
        self._edges: tuple[tuple[int, int], ...] = ()
        self.whole = QRectF(0, 0, WIDTH, HEIGHT)
        self.chosen: int | None = None
        self._hovered: int | None = None
        self._keeps = _Anchor.LEGIBLE
        self._followed: int | None = None
        self._pressed: QPoint | None = None
        self._dragged: QPoint | None = None
        self.setScene(QGraphicsScene(self))
        self.setObjectName("page")
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Graph of the computation"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setMinimumSize(120, 90)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(480, 320)

    def _on_theme(self, *_: object) -> None:
        self.setBackgroundBrush(QColor(themes().theme.panel))
        self.scene().update()

    # -- what is shown ------------------------------------------------------------------------

    def show_graph(self, nodes: Sequence[int], edges: Sequence[tuple[int, int]]) -> None:
        """Lay out these nodes, given in order of computation; the same ones stay as they are."""
        if (tuple(nodes), tuple(edges)) == (self._nodes, self._edges):
            return
        self._nodes, self._edges = tuple(nodes), tuple(edges)
        self.chosen = self._hovered = self._followed = None
        self._keeps = _Anchor.LEGIBLE
        self.scene().clear()
        self.wires = []
        self._laid = layered_layout(nodes, edges)
        self.boxes = {node: NodeItem(node) for node in nodes}
        for box in self.boxes.values():
            self.scene().addItem(box)
        self._column = 0.0
        self._spread()
        self._settle()

    def _spread(self) -> None:
        """Columns as far apart as is pleasant, or closer where all would not fit so."""
        laid, size = self._laid, self.viewport().size()
        if laid is None:
            return
        room = (size.width() - 2 * _MARGIN - WIDTH) / max(laid.columns - 1, 1)
        column = min(max(room, _NARROWEST), COLUMN)
        if column == self._column:
            return
        self._column = column
        right = (laid.columns - 1) * column + WIDTH / 2 + _MARGIN
        most = max((NOTE_WIDTH - WIDTH) / 2 - _MARGIN, 0.0)
        for node, box in self.boxes.items():
            at = self._at(laid.places[node])
            box.setPos(at)
            first, last = at.x() < column / 2, at.x() > right - column / 2 - WIDTH / 2 - _MARGIN
            box.note_shift = most if first else -most if last else 0.0
        looks = [wire.look for wire in self.wires]
        for wire in self.wires:
            self.scene().removeItem(wire)
        self.wires = edge_items(laid, self._edges, self._at)
        for wire in self.wires:
            self.scene().addItem(wire)
        for wire, look in zip(self.wires, looks, strict=False):
            wire.show_look(look)
        frame = QRectF(
            -WIDTH / 2, -HEIGHT / 2,
            (laid.columns - 1) * column + WIDTH, (laid.rows - 1) * self._row + HEIGHT,
        )  # fmt: skip
        self.whole = frame.adjusted(-_MARGIN, -_MARGIN, _MARGIN, self._row - HEIGHT)
        space = max(frame.width(), frame.height()) + 800
        self.setSceneRect(frame.adjusted(-space, -space, space, space))

    def dress(self, boxes: Mapping[int, NodeContent], edges: Sequence[EdgeContent] = ()) -> None:
        """Say what stands in the boxes and on the edges; edges that are left out are bare."""
        for node, box in self.boxes.items():
            if node in boxes:
                box.show_look(boxes[node])
        for number, wire in enumerate(self.wires):
            wire.show_look(edges[number] if number < len(edges) else EdgeContent())

    def set_stale(self, stale: bool) -> None:
        """Pale while it is the graph of something else than what is being typed."""
        if stale != self._stale:
            self._stale = stale
            self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Dim a stale graph."""
        if self._stale:
            veil = QColor(themes().theme.panel)
            veil.setAlpha(_STALE)
            painter.fillRect(rect, veil)

    def _at(self, point: tuple[float, float]) -> QPointF:
        return QPointF(point[0] * self._column, point[1] * self._row)

    def place_of(self, node: int) -> QPoint:
        """Where a node stands on the screen, in pixels of the viewport."""
        return self.mapFromScene(self.boxes[node].pos())

    # -- looking ------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Screen pixels a unit of the drawing."""
        return self.transform().m11()

    def _settle(self) -> None:
        """All of it where that can be read; otherwise its beginning, or what is followed."""
        self._scale_to(max(self._fitting(), _LEGIBLE))
        shown = self.viewport().width() / self.zoom
        middle = min(self.whole.left() + shown / 2, self.whole.center().x())
        self.centerOn(QPointF(middle, self.whole.center().y()))
        if self._followed is not None:
            self._show_followed()

    def follow(self, node: int | None) -> None:
        """Keep a node in sight with what surrounds it, unless somebody looks elsewhere."""
        self._followed = node if node in self.boxes else None
        if self._followed is not None and self._keeps is not _Anchor.PLACE:
            self._show_followed()

    def _show_followed(self) -> None:
        assert self._followed is not None
        shown = self.mapToScene(self.viewport().rect()).boundingRect()
        frame = self.boxes[self._followed].sceneBoundingRect()
        if shown.contains(frame.adjusted(-self._column / 2, 0, self._column / 2, 0) & self.whole):
            return
        half = min(shown.width(), self.whole.width()) / 2
        x = min(max(frame.center().x(), self.whole.left() + half), self.whole.right() - half)
        tall = shown.height() < self.whole.height()
        self.centerOn(QPointF(x, frame.center().y() if tall else self.whole.center().y()))

    def fit(self) -> None:
        """All of it, but no larger than is pleasant."""
        self._keeps = _Anchor.WHOLE
        self._scale_to(self._fitting())
        self.centerOn(self.whole.center())

    def _fitting(self) -> float:
        size = self.viewport().size()
        scale = min(size.width() / self.whole.width(), size.height() / self.whole.height())
        return min(max(scale, _SMALLEST), _FITS_AT)

    def _scale_to(self, scale: float) -> None:
        self.resetTransform()
        self.scale(scale, scale)

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Closer or further; what lies at `at` (default the middle) stays there."""
        if at is None:
            at = self.viewport().rect().center()
        factor = min(max(self.zoom * factor, _SMALLEST), _LARGEST) / self.zoom
        place = self.mapToScene(at)
        self.scale(factor, factor)
        self._keeps = _Anchor.PLACE
        self._scroll_by(self.mapFromScene(place) - at)

    def _scroll_by(self, by: QPoint) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + by.x())
        down.setValue(down.value() + by.y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.zoom_by(_STEP ** wheel_notches(event), event.position().toPoint())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was in sight stays in sight."""
        super().resizeEvent(event)
        if self._keeps is not _Anchor.PLACE:
            self._spread()
        if self._keeps is _Anchor.WHOLE:
            self.fit()
        elif self._keeps is _Anchor.LEGIBLE:
            self._settle()

    # -- mouse and keys -----------------------------------------------------------------------

    def _node_at(self, at: QPoint) -> int | None:
        item = self.itemAt(at)
        return item.node if isinstance(item, NodeItem) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a box, or the paper."""
        self._pressed = self._dragged = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or tell what is under the pointer."""
        at = event.position().toPoint()
        if self._pressed is not None and self._dragged is not None:
            if (at - self._pressed).manhattanLength() > _JITTER or self._dragged != self._pressed:
                self._scroll_by(self._dragged - at)
                self._dragged = at
                self._keeps = _Anchor.PLACE
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        node = self._node_at(at)
        self.viewport().setCursor(
            Qt.CursorShape.ArrowCursor if node is None else Qt.CursorShape.PointingHandCursor
        )
        self._hover(node)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press without a drag is a click."""
        pressed, dragged = self._pressed, self._dragged
        self._pressed = self._dragged = None
        self.viewport().unsetCursor()
        if pressed is not None and pressed == dragged:
            node = self._node_at(pressed)
            self._choose(node)
            if node is not None and event.button() is Qt.MouseButton.LeftButton:
                self.clicked.emit(node)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the box under the pointer, or of the chosen one where a key asks."""
        self._pressed = self._dragged = None  # the menu takes the release
        asked_by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        node = self.chosen if asked_by_key else self._node_at(event.pos())
        self._choose(node)
        if node is not None:
            at = self.place_of(node) if asked_by_key else event.pos()
            self.menu_wanted.emit(node, self.viewport().mapToGlobal(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a box; on the paper, show all of it."""
        node = self._node_at(event.position().toPoint())
        if node is None:
            self.fit()
        else:
            self.opened.emit(node)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._hover(None)

    def _hover(self, node: int | None) -> None:
        if node != self._hovered:
            self._hovered = node
            self.hovered.emit(node)

    def _choose(self, node: int | None) -> None:
        for old in (self.chosen, node):
            if old in self.boxes:
                self.boxes[old].choose(old == node)
        self.chosen = node

    def event(self, event: QEvent) -> bool:
        """Arrows and the space bar belong to the graph while it has the focus."""
        ours = (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and event.key() in ours
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step, choose, click, zoom."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if key == Qt.Key.Key_Right else -1)
        elif key == Qt.Key.Key_Space:
            self.space_tapped.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._nodes:
            self._choose_next(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen is not None:
            twice = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.opened if twice else self.clicked).emit(self.chosen)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _choose_next(self, by: int) -> None:
        if self.chosen in self.boxes:
            number = (self._nodes.index(self.chosen) + by) % len(self._nodes)
        else:
            number = 0 if by > 0 else -1
        self._choose(self._nodes[number])
        self.ensureVisible(self.boxes[self._nodes[number]])
        self.hovered.emit(self._nodes[number])
