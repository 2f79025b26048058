"""Drawing pad for mouse, stylus and arrow keys."""

from collections.abc import Sequence

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPointingDevice
from PySide6.QtWidgets import QWidget

from core.ocr.drawing import Drawing, InkCanvas, Segment, Stroke, StrokeSmoother, smooth_stroke
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.arrow_keys import arrow_step
from hellodl_gui.ui.controls.wheel import NotchCounter

THINNEST, USUAL, THICKEST = 2.0, 8.0, 25.0  # percent of the sheet's side

_MARGIN = 3
_SOFTEST = 0.3  # of the thickness, at no pressure
_FEWEST = 0.002  # of the sheet's side: places closer together are one
_KEY_STEP = 1 / 28
_CROSS = 5
_PAPER, _INK = "#000000", "#ffffff"  # as in the data, whatever the theme


class DrawPad(QWidget):
    """White ink on black, as in the data.

    The left button or a stylus draws, its pressure sets the thickness; the right button or the
    stylus's other end erases. Arrow keys move a cross, with Shift they draw; the wheel changes the
    thickness.

    Attributes: `drawing`, without a stroke that is under way; `sheet`, its ink, with it; `erases`,
    what the left button does; `thickness` in percent of the sheet's side; `hint`, shown while the
    sheet is empty.

    Signals: `inked()` the sheet changed in any way; `drawn(Stroke)` a stroke is complete, and gone
    until `show_drawing` brings it; `thickness_wanted(float)`, from the wheel.
    """

    inked = Signal()
    drawn = Signal(object)
    thickness_wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._notches = NotchCounter()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(96, 96)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Drawing area"))
        self.setAccessibleDescription(
            tr("Arrow keys move the pen, with Shift they draw; Delete clears the sheet")
        )
        self.drawing = Drawing()
        self.sheet = InkCanvas()
        self.erases = False
        self.thickness = USUAL
        self.hint = ""
        self._image = QImage()
        self._points: list[tuple[float, float, float]] = []
        self._trace = StrokeSmoother()
        self._erasing = False
        self._before: tuple[InkCanvas, QImage] | None = None
        self._pointer: QPointF | None = None  # in parts of the sheet
        self._by_keys = False
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Large enough to write on."""
        return QSize(300, 300)

    def show_drawing(self, drawing: Drawing) -> None:
        """Show another drawing. One that only adds to what is there costs only what it adds."""
        self.leave_off()
        old, self.drawing = self.drawing, drawing
        known = len(old.strokes)
        if drawing.under is old.under and drawing.strokes[:known] == old.strokes:
            for stroke in drawing.strokes[known:]:
                pieces = smooth_stroke(stroke.points)
                self.sheet.draw(pieces, stroke.erases)
                self._paint_pieces(pieces, stroke.erases)
        else:
            self.sheet = InkCanvas.of(drawing)
            self._redraw()
        self.update()
        self.inked.emit()

    def set_thickness(self, percent: float) -> None:
        """Use another pen."""
        self.thickness = percent
        self.update()

    def leave_off(self) -> None:
        """Forget the stroke that is under way."""
        if self._before is not None:
            self.sheet, self._image = self._before
            self._before = None
            self._points = []
            self.update()

    @property
    def square(self) -> QRectF:
        """Where the sheet lies in the widget."""
        side = max(min(self.width(), self.height()) - 2 * _MARGIN, 1)
        return QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    # -- strokes ------------------------------------------------------------------------------

    def _begin(self, place: QPointF, pressure: float, erases: bool) -> None:
        self.leave_off()
        self._before = self.sheet.copy(), QImage(self._image)
        self._trace, self._points, self._erasing = StrokeSmoother(), [], erases
        self._go_on(place, pressure)

    def _go_on(self, place: QPointF, pressure: float) -> None:
        """The pen is here now."""
        self._pointer = place
        if self._before is not None and self._is_new(place):
            width = self.thickness / 100 * (_SOFTEST + (1 - _SOFTEST) * pressure)
            point = (place.x(), place.y(), width)
            self._points.append(point)
            pieces = self._trace.add(point)
            self.sheet.draw(pieces, self._erasing)
            self._paint_pieces(pieces, self._erasing)
            self.inked.emit()
        self.update()

    def _is_new(self, place: QPointF) -> bool:
        if not self._points:
            return True
        x, y, _ = self._points[-1]
        return QLineF(QPointF(x, y), place).length() >= _FEWEST

    def _end(self) -> None:
        if self._before is None:
            return
        stroke = Stroke(tuple(self._points), self._erasing)
        self.leave_off()
        self.drawn.emit(stroke)

    def _place(self, position: QPointF) -> QPointF:
        square = self.square
        away = position - square.topLeft()
        return QPointF(away.x() / square.width(), away.y() / square.width())

    # -- mouse and stylus ---------------------------------------------------------------------

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Left draws, right erases."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            erases = self.erases or event.button() is Qt.MouseButton.RightButton
            self._by_keys = False
            self._begin(self._place(event.position()), 1.0, erases)

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Go on, or show how thick the pen is."""
        self._by_keys = False
        self._go_on(self._place(event.position()), 1.0)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """The stroke is complete."""
        self._end()

    def tabletEvent(self, event: QtGui.QTabletEvent) -> None:
        """A stylus: it draws as thick as it is pressed; its other end erases."""
        place = self._place(event.position())
        pressure = min(max(event.pressure(), 0.0), 1.0)
        match event.type():
            case QEvent.Type.TabletPress:
                other_end = event.pointerType() == QPointingDevice.PointerType.Eraser
                self._by_keys = False
                self._begin(place, pressure, self.erases or other_end)
            case QEvent.Type.TabletMove:
                self._go_on(place, pressure)
            case QEvent.Type.TabletRelease:
                self._end()
        event.accept()  # so that no mouse is made up from it

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Thicker or thinner."""
        if turned := self._notches.add(event):
            self.thickness_wanted.emit(self.thickness + turned)
        event.accept()

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        """Show the pen."""
        self._pointer = self._place(event.position())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """The pen is elsewhere."""
        self._pointer = None
        self.update()

    # -- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows move the pen; with Shift it is down."""
        step = arrow_step(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        here = self._pointer or QPointF(0.5, 0.5)
        down = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not down:
            self._end()
        elif self._before is None:
            self._begin(here, 1.0, self.erases)
        self._by_keys = True
        y, x = here.y() + step[0] * _KEY_STEP, here.x() + step[1] * _KEY_STEP
        self._go_on(QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)), 1.0)

    def keyReleaseEvent(self, event: QtGui.QKeyEvent) -> None:
        """With Shift released the stroke is complete."""
        if event.key() == Qt.Key.Key_Shift and self._by_keys:
            self._end()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QEvent) -> None:
        """A stroke by keys ends where they go elsewhere."""
        if self._by_keys:
            self._end()
        self.update()

    def focusInEvent(self, event: QEvent) -> None:
        """Show where keys go."""
        self.update()

    # -- painting -----------------------------------------------------------------------------

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """As sharp as the screen, whatever the size."""
        self.leave_off()
        self._redraw()
        super().resizeEvent(event)

    def _redraw(self) -> None:
        """The whole drawing anew."""
        side = round(self.square.width() * self.devicePixelRatioF())
        self._image = QImage(side, side, QImage.Format.Format_RGB32)
        self._image.fill(QColor(_PAPER))
        under = self.drawing.under
        if under is not None:
            high, wide = under.shape
            grey = QImage(under.tobytes(), wide, high, wide, QImage.Format.Format_Grayscale8)
            with QPainter(self._image) as painter:
                painter.drawImage(QRectF(self._image.rect()), grey)
        for stroke in self.drawing.strokes:
            self._paint_pieces(smooth_stroke(stroke.points), stroke.erases)

    def _paint_pieces(self, pieces: Sequence[Segment], erases: bool) -> None:
        """Ink on the image, or paper."""
        if self._image.isNull() or not pieces:
            return
        with QPainter(self._image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _paint(painter, pieces, erases, self._image.width())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """The sheet, the end of a stroke under way, and the pen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, square = themes().theme, self.square
        if self._image.width() != round(square.width() * self.devicePixelRatioF()):
            self._redraw()  # the window moved to a screen of another sharpness
        painter.drawImage(square, self._image)
        painter.save()
        painter.setClipRect(square)
        painter.translate(square.topLeft())
        if self._before is not None:
            _paint(painter, self._trace.end(), self._erasing, square.width())
        elif self.drawing.empty and self.hint:
            painter.setPen(QColor("#9a9a9a"))
            inner = QRectF(0, 0, square.width(), square.height()).adjusted(8, 8, -8, -8)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, flags, self.hint)
        if self._pointer is not None:
            self._paint_pen(painter, self._pointer * square.width(), square.width())
        painter.restore()
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(theme.accent if focused else theme.line), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square)

    def _paint_pen(self, painter: QPainter, place: QPointF, side: float) -> None:
        """As large as what it draws; a cross says where the keys are."""
        radius = self.thickness / 200 * side
        colour = QColor(themes().theme.doubt if self.erases else themes().theme.accent)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shade, wide in ((QColor(_PAPER), 3.0), (colour, 1.4)):
            painter.setPen(QPen(shade, wide))
            painter.drawEllipse(place, radius, radius)
            if self._by_keys:
                x, y = QPointF(_CROSS, 0), QPointF(0, _CROSS)
                painter.drawLine(place - x, place + x)
                painter.drawLine(place - y, place + y)


def _paint(painter: QPainter, pieces: Sequence[Segment], erases: bool, side: float) -> None:
    """Straight pieces with round ends; a piece without length is a dot."""
    pen = QPen(QColor(_PAPER if erases else _INK))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    for x0, y0, x1, y1, width in pieces:
        pen.setWidthF(max(width * side, 1.0))
        painter.setPen(pen)
        start, stop = QPointF(x0, y0) * side, QPointF(x1, y1) * side
        if start == stop:
            painter.drawPoint(start)
        else:
            painter.drawLine(start, stop)


if __name__ == "__main__":
    from hellodl_gui.ui.demo import show

    def _make() -> DrawPad:
        pad = DrawPad()
        pad.hint = "Draw"
        pad.drawn.connect(lambda stroke: pad.show_drawing(Drawing((*pad.drawing.strokes, stroke))))
        return pad

    show(_make)
