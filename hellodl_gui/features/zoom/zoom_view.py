"""View of nested levels: wheel, pinch and keys zoom in and out."""

import math
import time
from collections.abc import Callable, Hashable
from itertools import takewhile

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from core.translation import tr
from hellodl_gui.features.zoom.zoom_animation import appearance, growth
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import arrow_step
from hellodl_gui.ui.controls.wheel import wheel_notches

Address = tuple[Hashable, ...]
Make = Callable[[Address, QSizeF], ZoomCanvas]

_FRAME_MS = 8
_A_NOTCH = 0.36  # levels a notch of the wheel; three of them are one level
_PINCHED = math.log(4.0)  # so far apart fingers go for one level
_SETTLE_MS = 200
_QUICK = 0.075  # seconds in which two thirds of the way are done
_ARRIVED = 0.004
_NEARLY = 0.4


class ZoomView(QWidget):
    """Shows `make(address, size)`; the address of a thing inside another is one key longer.

    Wheel, pinch, + and −, double click go in and out, Backspace and Escape out, Home all the way;
    arrows choose a thing, Enter goes into it, Page Up and Down go to its neighbours.

    Attributes: `address`, where one is or is going. Signals: `moved` it has changed;
    `hovered(object)` the address of what lies under the pointer, None for nothing.
    """

    moved = Signal()
    hovered = Signal(object)

    def __init__(self, make: Make) -> None:
        super().__init__()
        self._make = make
        self.address: Address = ()
        self._depth = self._goal = 0.0
        self._canvases: dict[Address, ZoomCanvas] = {}
        self._pixmaps: dict[Address, QPixmap] = {}
        self._chosen: dict[int, Hashable] = {}
        self._pointer: QPointF | None = None
        self._at = 0.0
        self._stale = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._settle)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(tr("From the network to one multiplication"))
        self.grabGesture(Qt.GestureType.PinchGesture)

    def sizeHint(self) -> QSize:
        """Roomy."""
        return QSize(560, 340)

    # -- what is shown ------------------------------------------------------------------------

    @property
    def level(self) -> float:
        """How many levels deep one is looking; between two while moving."""
        return self._depth

    @property
    def moving(self) -> bool:
        """Whether the picture is on its way."""
        return self._timer.isActive()

    def renew(self) -> None:
        """What is shown has changed. On the way one sees what was; the new waits at the end."""
        self._stale = self.moving
        if self._stale:
            return
        self._canvases.clear()
        self._pixmaps.clear()
        canvas = self.canvas(self.address[: round(self._depth)])
        self.setAccessibleDescription(canvas.words)
        self.update()

    def canvas(self, address: Address) -> ZoomCanvas:
        """The level at an address, laid out for the room there is."""
        found = self._canvases.get(address)
        if found is None:
            size = QSizeF(max(self.width(), 1), max(self.height(), 1))
            found = self._canvases[address] = self._make(address, size)
        return found

    # -- going --------------------------------------------------------------------------------

    def go(self, address: Address, at_once: bool = False) -> None:
        """Look at this. On the way one passes whatever both places lie in."""
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(address, self.address, strict=False))
        shared = len(list(alike))
        outwards = shared == len(address) < len(self.address)
        if not outwards:
            sideways = shared == len(address) - 1 < self._depth
            self.address = address
            self._depth = float(len(address)) if sideways else min(self._depth, float(shared))
        self._goal = float(len(address))
        if at_once or self._depth == self._goal:
            self._depth = self._goal
            self._arrived()
        else:
            self._move()
        self.moved.emit()

    def enter(self, point: QPointF | None = None) -> None:
        """One level deeper: what lies at a point, is chosen, or is the first there."""
        here = self.address[: round(self._goal)]
        canvas = self.canvas(here)
        key: Hashable | None
        if point is not None:
            key = canvas.key_at(point)
        else:
            key = self._chosen.get(len(here))
            if key not in canvas.inside():
                key = next(iter(canvas.inside()), None)
        if key is not None:
            self.go((*here, key))

    def leave(self) -> None:
        """One level up."""
        if round(self._goal) > 0:
            self._chosen[round(self._goal) - 1] = self.address[round(self._goal) - 1]
            self._goal = float(round(self._goal) - 1)
            self._move()

    def by(self, levels: float, point: QPointF) -> None:
        """So many levels, or a part of one, towards a point."""
        goal = self._goal + levels
        if levels > 0 and goal > len(self.address):
            if self._depth > len(self.address) - _NEARLY:
                key = self.canvas(self.address).nearest(point)
                if key is not None:
                    self.address = (*self.address, key)
                    self.moved.emit()
            goal = min(goal, float(len(self.address)))
        self._goal = max(goal, 0.0)
        self._move()
        self._settling.start()

    def stop(self) -> None:
        """Stop the animation; called on exit."""
        self._timer.stop()
        self._settling.stop()

    @Slot()
    def _settle(self) -> None:
        """Nobody turns the wheel any more: to the nearest level in the direction taken."""
        shift = self._goal - self._depth
        if self._goal != round(self._goal):
            part = self._goal - math.floor(self._goal)
            up = part >= 0.3 if shift >= 0 else part > 0.7
            self._goal = math.floor(self._goal) + float(up)
        self._move()

    def _move(self) -> None:
        self._at = time.perf_counter()
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        passed, self._at = now - self._at, now
        self._depth += (self._goal - self._depth) * (1 - math.exp(-min(passed, 0.05) / _QUICK))
        if abs(self._goal - self._depth) < _ARRIVED:
            self._depth = self._goal
            if not self._settling.isActive() or self._goal == round(self._goal):
                self._arrived()
        self.update()

    def _arrived(self) -> None:
        self._timer.stop()
        if self._goal == round(self._goal) and int(self._goal) < len(self.address):
            level = int(self._goal)
            self._chosen[level] = self.address[level]
            self.address = self.address[:level]
            self.moved.emit()
        self._canvases = {a: c for a, c in self._canvases.items() if a == self.address[: len(a)]}
        self._pixmaps.clear()
        if self._stale:
            self._canvases.clear()
            self._stale = False
        self.setAccessibleDescription(self.canvas(self.address).words)
        self._say_hovered()
        self.update()

    # -- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The level one is on; on the way also the one inside it, growing in its place."""
        painter = QPainter(self)
        theme = themes().theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        level = min(int(self._depth), len(self.address))
        share = self._depth - level
        canvas = self.canvas(self.address[:level])
        if share < 1e-6 or level >= len(self.address):
            canvas.paint(painter, QRectF(self.rect()), 1.0)
            self._paint_choice(painter, canvas, level)
            return
        target = canvas.rect_of(self.address[level])
        zoom = growth(QSizeF(self.size()), target, share)
        scale = zoom.m11()
        seen = zoom.inverted()[0].mapRect(QRectF(self.rect()))
        appears = appearance(share)
        painter.save()
        painter.setTransform(zoom, True)
        canvas.paint(painter, seen, scale)
        painter.restore()
        if appears > 0:
            place = zoom.mapRect(target)
            size = min(place.width() / self.width(), place.height() / self.height())
            inside = QRectF(0, 0, self.width() * size, self.height() * size)
            inside.moveCenter(place.center())
            picture = self._pixmap(self.address[: level + 1])
            painter.setOpacity(appears)
            painter.drawPixmap(inside, picture, QRectF(picture.rect()))
            painter.setOpacity(1.0)

    def _pixmap(self, address: Address) -> QPixmap:
        """A level as it looks from afar; drawn once a journey."""
        found = self._pixmaps.get(address)
        if found is None:
            grain = self.devicePixelRatioF()
            found = QPixmap(round(self.width() * grain), round(self.height() * grain))
            found.setDevicePixelRatio(grain)
            found.fill(QColor(themes().theme.panel))
            with QPainter(found) as painter:
                painter.setFont(self.font())
                self.canvas(address).paint(painter, QRectF(self.rect()), 1.0)
            self._pixmaps[address] = found
        return found

    def _paint_choice(self, painter: QPainter, canvas: ZoomCanvas, level: int) -> None:
        """A ring around what lies under the pointer or was chosen with the keys."""
        key = self._key_under() if self._pointer is not None else None
        if key is None and self.hasFocus():
            key = self._chosen.get(level)
        if key is None or key not in canvas.inside():
            return
        painter.setPen(QPen(QColor(themes().theme.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rect in (canvas.rect_of(key), *(canvas.links(key) if canvas.links else ())):
            painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), 3, 3)

    def _key_under(self) -> Hashable | None:
        if self._pointer is None or self.moving:
            return None
        return self.canvas(self.address).key_at(self._pointer)

    def _say_hovered(self) -> None:
        key = self._key_under()
        if key is None and self.hasFocus():
            key = self._chosen.get(len(self.address))
        self.hovered.emit(None if key is None else (*self.address, key))

    # -- pointer, wheel and keys --------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A ring shows what would be gone into."""
        before, self._pointer = self._key_under(), event.position()
        after = self._key_under()
        if before != after:
            self.setCursor(
                Qt.CursorShape.ArrowCursor if after is None else Qt.CursorShape.PointingHandCursor
            )
            self._say_hovered()
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        self._pointer = None
        self._say_hovered()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Into what was clicked."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.enter(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """In and out, towards the pointer."""
        self.by(wheel_notches(event) * _A_NOTCH, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinches, of touch pads and of touch screens."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.by(event.value() * 1.5, event.position())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                factor = max(pinch.scaleFactor(), 1e-3)
                self.by(math.log(factor) / _PINCHED, QPointF(self.mapFromGlobal(
                    pinch.centerPoint().toPoint())))  # fmt: skip
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+ − Enter Backspace Escape Home, arrows, Page Up and Page Down."""
        key = Qt.Key(event.key())
        if (step := arrow_step(key)) is not None:
            self._choose(*step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            under = self._key_under()
            self.enter(self._pointer if under is not None else None)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter()
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Backspace, Qt.Key.Key_Escape) and (
            round(self._goal) > 0
        ):
            self.leave()
        elif key == Qt.Key.Key_Home:
            self._goal = 0.0
            self._move()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self.address:
            self._neighbour(1 if key == Qt.Key.Key_PageDown else -1)
        else:
            super().keyPressEvent(event)

    def _choose(self, down: int, right: int) -> None:
        """The next thing in a direction."""
        canvas, level = self.canvas(self.address), len(self.address)
        keys = canvas.inside()
        if not keys:
            return
        now = self._chosen.get(level)
        if now not in keys:
            self._chosen[level] = keys[0]
        else:
            here = canvas.rect_of(now).center()

            def far(key: Hashable) -> float:
                way = canvas.rect_of(key).center() - here
                along, across = way.x() * right + way.y() * down, way.x() * down + way.y() * right
                return along + 3 * abs(across) if along > 0.5 else math.inf

            best = min(keys, key=far)
            if far(best) < math.inf:
                self._chosen[level] = best
        self._pointer = None
        self._say_hovered()
        self.update()

    def _neighbour(self, by: int) -> None:
        parent = self.address[:-1]
        keys = self.canvas(parent).inside()
        if self.address[-1] in keys:
            place = keys.index(self.address[-1]) + by
            if 0 <= place < len(keys):
                self.go((*parent, keys[place]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything is laid out anew."""
        super().resizeEvent(event)
        self._canvases.clear()
        self._pixmaps.clear()
