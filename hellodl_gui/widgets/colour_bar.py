"""Which colour stands for which number: a strip from negative over zero to positive."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.formatting import MINUS, format_number
from hellodl_gui.theming.manager import themes

_STRIP, _GAP, _HIGH = 64, 5, 8


class ColourBar(QWidget):
    """−level ▬▬▬ +level; only painted, since the level changes often. It has its place always.

    Attributes: `level`, the magnitude with the full colour; None where each picture has its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.level: float | None = None
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            self.tr("Blue is negative, orange positive, the background zero; the numbers say what "
                    "has the full colour")
        )  # fmt: skip
        self.set_level(None)
        themes().changed.connect(self.update)

    def set_level(self, level: float | None) -> None:
        """Say what has the full colour; None for the largest number of each picture."""
        self.level = level
        text = self.tr("max") if level is None else format_number(level, 3, zeros=True)
        if text != self._text:
            self._text = text
            name = self.tr("Colours: blue {low}, orange {high}")
            ends = {"low": f"{MINUS}{text}", "high": f"+{text}"}
            self.setAccessibleName(name.format(**ends))
            self.update()

    def sizeHint(self) -> QSize:
        """Room for the strip and three digits at both ends."""
        wide = self.fontMetrics().horizontalAdvance(f"{MINUS}0.0000")
        return QSize(2 * (wide + _GAP) + _STRIP, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Number, strip, number."""
        painter, theme = QPainter(self), themes().theme
        metrics = QFontMetricsF(painter.font())
        room = (self.width() - _STRIP) / 2 - _GAP
        strip = QRectF((self.width() - _STRIP) / 2, (self.height() - _HIGH) / 2, _STRIP, _HIGH)
        colours = QLinearGradient(strip.topLeft(), strip.topRight())
        for place, colour in ((0, theme.negative), (0.5, theme.panel), (1, theme.positive)):
            colours.setColorAt(place, QColor(colour))
        painter.fillRect(strip, colours)
        painter.setPen(QColor(theme.line))
        painter.drawRect(strip)
        painter.drawLine(QPointF(strip.center().x(), strip.top() - 2),
                         QPointF(strip.center().x(), strip.bottom() + 2))  # fmt: skip
        painter.setPen(QColor(theme.quiet))
        for text, x, side in (
            (f"{MINUS}{self._text}", 0.0, Qt.AlignmentFlag.AlignRight),
            (f"+{self._text}", strip.right() + _GAP, Qt.AlignmentFlag.AlignLeft),
        ):
            said = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                QRectF(x, 0, room, self.height()), side | Qt.AlignmentFlag.AlignVCenter, said
            )
