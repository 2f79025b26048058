"""pyqtgraph plot that caches its curves while a cursor line moves over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QGraphicsView

from hellodl_gui.theming.render_mode import Rendered
from hellodl_gui.theming.theme import Theme
from hellodl_gui.ui.controls.wheel import wheel_notches

_ANGLE = 120  # of one notch, as Qt has it


class CachedPlot(pg.PlotWidget, Rendered):
    """While a line is shown the plot is painted once and kept; `look_again` after any change.

    Attributes: `place`, the x of the line, None while there is none.
    """

    def __init__(self, left: pg.AxisItem, bottom: pg.AxisItem) -> None:
        super().__init__(axisItems={"left": left, "bottom": bottom})
        self.place: float | None = None
        self._axes = left, bottom
        self._colour = QColor()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMinimumHeight(64)
        item, view = self.getPlotItem(), self.getViewBox()
        item.layout.setContentsMargins(1, 7, 1, 1)  # half a number above the axis
        for axis in self._axes:
            axis.setStyle(maxTickLevel=0, tickLength=-4)
        # As wide in every plot, so that plots below each other share their time axis.
        left.setWidth(self.fontMetrics().horizontalAdvance("0.00001"))
        item.showGrid(x=False, y=True, alpha=0.15)
        view.disableAutoRange()
        view.setMouseEnabled(x=True, y=False)
        view.setLimits(xMin=0)
        self._kept: QPixmap | None = None
        self._keeps = True
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.getViewBox().sigRangeChanged.connect(self.look_again)

    def look_again(self, *_: object) -> None:
        """What was kept is out of date."""
        self._kept = None

    def restyle(self, theme: Theme) -> None:
        """Ground, axes and line in the theme's colours."""
        self.setBackground(theme.panel)
        for axis in self._axes:
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.quiet))
        self._colour = QColor(theme.quiet)
        self.look_again()

    def set_place(self, x: float | None) -> None:
        """Show the line here, or not at all."""
        if x != self.place:
            self.place = x
            self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Touchpads that tell pixels only turn as others do."""
        if event.angleDelta().isNull() and (turn := wheel_notches(event)):
            angle = QPoint(0, round(_ANGLE * turn))
            event = QWheelEvent(
                event.position(), event.globalPosition(), QPoint(), angle, event.buttons(),
                event.modifiers(), event.phase(), event.inverted(),
            )  # fmt: skip
        super().wheelEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The curves, or their kept picture, and the line."""
        if self.place is None or not self._keeps:
            super().paintEvent(event)
        if self.place is None:
            return
        painter = QPainter(self.viewport())
        if self._keeps:
            painter.drawPixmap(0, 0, self._picture())
        box = self.getViewBox()
        x = box.mapViewToScene(QPointF(self.place, 0)).x()
        area: QRectF = box.sceneBoundingRect()
        if area.left() <= x <= area.right():
            painter.setPen(QPen(self._colour, 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _picture(self) -> QPixmap:
        viewport, ratio = self.viewport(), self.devicePixelRatioF()
        size = viewport.size() * ratio
        if self._kept is None or self._kept.size() != size:
            made = QPixmap(size)
            made.setDevicePixelRatio(ratio)
            self.scene().prepareForPaint()  # finds the range, and so forgets what was kept
            with QPainter(made) as painter:
                painter.setRenderHints(self.renderHints())
                QGraphicsView.render(self, painter, QRectF(viewport.rect()), viewport.rect())
            self._kept = made
        return self._kept

    @contextmanager
    def rendered(self, scale: float) -> Iterator[None]:
        """The curves themselves and no line over them, with `scale` pixels to one here.

        Lines of curves count pixels of the device, so they become as many times thicker.
        """
        pens = [(item, pen) for item in self.items() if (pen := _pen(item)) is not None]
        place, self.place, self._keeps = self.place, None, False
        try:
            if scale != 1:
                for item, pen in pens:
                    thick = QPen(pen)
                    thick.setWidthF(max(pen.widthF(), 1.0) * scale)
                    item.setPen(thick)
            yield
        finally:
            self.place, self._keeps = place, True
            if scale != 1:
                for item, pen in pens:
                    item.setPen(pen)
                self.look_again()


def _pen(item: Any) -> QPen | None:
    """A copy of what a part of the plot draws its lines with."""
    if isinstance(item, pg.PlotDataItem):
        return pg.mkPen(item.opts["pen"])
    return item.pen() if isinstance(item, pg.AxisItem) else None
