"""Colour bar: a colour scale with the numbers of its ends."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.formatting import MINUS, format_number, format_percent
from core.translation import tr
from hellodl_gui.theming.theme import Theme
from hellodl_gui.theming.theme_manager import themes

Colours = Literal["signed", "grey", "heat"]
"""−level to +level as weights; 0 to level as pictures; 0 to a share, as counts."""

_STRIP, _GAP, _HIGH = 64, 5, 8


class ColourBar(QWidget):
    """low ▬▬▬ high; only painted, since the level changes often. It has its place always.

    Attributes: `level`, the magnitude with the full colour; None where each picture has its own;
    `ends`, the numbers at both ends in words.
    """

    def __init__(self, colours: Colours = "signed", level: float | None = None) -> None:
        super().__init__()
        self.level: float | None = None
        self.ends = ("", "")
        self._colours: Colours = colours
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        tips = {
            "signed": tr(
                "Blue is negative, orange positive, the background zero; the numbers are the ends "
                "of the scale"
            ),
            "grey": tr("Black is no ink, white is full ink, as in the data"),
            "heat": tr("The stronger the colour of a cell, the larger its share of its row"),
        }
        self.setToolTip(tips[colours])
        self.set_level(level)
        themes().changed.connect(self.update)

    def set_level(self, level: float | None) -> None:
        """Say what has the full colour; None for the largest number of each picture."""
        self.level = level
        ends = self._ends(level)
        if ends != self.ends:
            self.ends = ends
            names = {
                "signed": tr("Colours: blue {low}, orange {high}"),
                "grey": tr("Colours: black {low}, white {high}"),
                "heat": tr("Colours: none {low}, full {high}"),
            }
            self.setAccessibleName(names[self._colours].format(low=ends[0], high=ends[1]))
            self.update()

    def _ends(self, level: float | None) -> tuple[str, str]:
        if level is None:
            text = tr("max")
        elif self._colours == "heat":
            text = format_percent(level)
        else:
            text = format_number(level, 3, zeros=self._colours == "signed")
        return (f"{MINUS}{text}", f"+{text}") if self._colours == "signed" else ("0", text)

    def _stops(self, theme: Theme) -> tuple[str, str, str]:
        match self._colours:
            case "signed":
                return theme.negative, theme.panel, theme.positive
            case "grey":
                return "#000000", "#808080", "#ffffff"
            case "heat":
                return theme.heat[0], theme.heat[1], theme.heat[2]

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
        for place, colour in zip((0, 0.5, 1), self._stops(theme), strict=True):
            colours.setColorAt(place, QColor(colour))
        painter.fillRect(strip, colours)
        painter.setPen(QColor(theme.line))
        painter.drawRect(strip)
        if self._colours == "signed":  # where zero is
            painter.drawLine(QPointF(strip.center().x(), strip.top() - 2),
                             QPointF(strip.center().x(), strip.bottom() + 2))  # fmt: skip
        painter.setPen(QColor(theme.quiet))
        for text, x, side in (
            (self.ends[0], 0.0, Qt.AlignmentFlag.AlignRight),
            (self.ends[1], strip.right() + _GAP, Qt.AlignmentFlag.AlignLeft),
        ):
            said = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                QRectF(x, 0, room, self.height()), side | Qt.AlignmentFlag.AlignVCenter, said
            )
