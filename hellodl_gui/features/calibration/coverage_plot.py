"""Risk–coverage plot: accuracy against the share of questions answered."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.inspect.calibration import SelectiveAccuracy
from core.translation import tr
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.plot_frame import plot_area
from hellodl_gui.ui.chart.ticks import round_numbers

_LEFT, _RIGHT, _TOP, _FOOT = 52, 20, 10, 36
_MOST = 400  # points of the curve that are drawn
_NARROWEST = 0.01  # of accuracy, from bottom to top


class CoveragePlot(QWidget):
    """The curve, and a mark where one stands on it. Signals: `sought(float)` so much is to be
    answered: the plot was clicked or dragged on."""

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(170, 96)
        self.setAccessibleName(tr("Accuracy against coverage"))
        self.setToolTip(tr("Drag along the curve to choose the coverage"))
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self._covered: NDArray[np.float64] = np.empty(0)
        self._accuracy: NDArray[np.float64] = np.empty(0)
        self._kept: SelectiveAccuracy | None = None
        self._bottom = 0.0
        themes().changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:
        """Nearly square."""
        return QSize(340, 320)

    def set_curve(
        self, covered: NDArray[np.float64], accuracy: NDArray[np.float64], kept: SelectiveAccuracy
    ) -> None:
        """Fractions answered and fractions of these right (M,); the mark stands at `kept`."""
        if len(covered) > _MOST:
            some = np.unique(np.linspace(0, len(covered) - 1, _MOST).astype(np.intp))
            covered, accuracy = covered[some], accuracy[some]
        self._covered, self._accuracy, self._kept = covered, accuracy, kept
        # The very first answers jump about: they are not to set the scale.
        usual = accuracy[covered >= 0.05]
        low = float(usual.min()) if len(usual) else 0.0
        self._bottom = max(0.0, min(low, kept.accuracy) - 0.1 * (1 - low) - _NARROWEST)
        self.update()

    def _on_theme(self) -> None:
        self.update()

    def _area(self) -> QRectF:
        return plot_area(self, _LEFT, _TOP, _RIGHT, _FOOT)

    def place_of(self, covered: float, accuracy: float) -> QPointF:
        """The pixel of a point of the plane."""
        area = self._area()
        up = (accuracy - self._bottom) / (1 - self._bottom)
        y = area.bottom() - max(up, 0) * area.height()
        return QPointF(area.left() + covered * area.width(), y)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, the curve, the mark with lines to both axes."""
        if self._kept is None:
            return
        painter, theme, area = QPainter(self), themes().theme, self._area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        digits = 0 if self._bottom < 0.9 else 1 if self._bottom < 0.99 else 2
        for share in round_numbers(self._bottom, 1.0, max(int(area.height() / 28), 3)):
            y = self.place_of(0, share).y()
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(theme.quiet))
            painter.drawText(QRectF(0, y - 8, _LEFT - 5, 16), right, f"{share:.{digits}%}")
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = area.left() + share * area.width()
            place = QRectF(x - 20, area.bottom() + 3, 40, 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{share:.0%}")
        words = QRectF(area.left(), area.bottom() + 18, area.width(), 16)
        painter.drawText(
            words,
            Qt.AlignmentFlag.AlignCenter,
            tr("x: share answered (coverage), y: accuracy of the answers"),
        )
        line = [
            self.place_of(x, y)
            for x, y in zip(self._covered.tolist(), self._accuracy.tolist(), strict=True)
        ]
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.drawPolyline(QPolygonF(line))
        mark = self.place_of(self._kept.coverage, self._kept.accuracy)
        painter.setPen(QPen(QColor(theme.doubt), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), mark.y()), mark)
        painter.drawLine(QPointF(mark.x(), area.bottom()), mark)
        painter.setPen(QPen(QColor(theme.panel), 1.5))
        painter.setBrush(QColor(theme.doubt))
        painter.drawEllipse(mark, 6, 6)

    def _seek(self, event: QMouseEvent) -> None:
        area = self._area()
        share = (event.position().x() - area.left()) / area.width()
        self.sought.emit(min(max(share, 0.0), 1.0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Stand there."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """And go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)
