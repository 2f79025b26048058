"""Model input of a drawing, enlarged, with a switch to center it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from core.translation import tr
from hellodl_gui.theming.palette import ink
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_SMALLEST = 72


class ModelInputView(QWidget):
    """A picture, as large as there is room, and right below it the choice.

    Signals: `centred_wanted(bool)`; `hovered(str)` the pixel under the pointer, empty for none.
    """

    centred_wanted = Signal(bool)
    hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._picture = Mosaic(symmetric=False, enlarges=False)
        self._picture.setParent(self)
        self._picture.set_lut(ink())
        self._picture.one = tr("received")
        self._picture.setAccessibleName(tr("What the network receives"))
        self._picture.setToolTip(tr("What the network receives: 28 × 28 numbers"))
        self._picture.hovered.connect(self.hovered)
        self._centred = QCheckBox(tr("centred"), self)
        self._centred.setToolTip(
            tr(
                "Crop, scale and centre like the training pictures. Off: the network "
                "gets the drawing unchanged."
            )
        )
        self._centred.clicked.connect(self.centred_wanted)
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Smaller than the sheet."""
        return QSize(160, 190)

    def minimumSizeHint(self) -> QSize:
        """So that a letter can still be told."""
        foot = self._centred.sizeHint()
        return QSize(max(_SMALLEST, foot.width()), _SMALLEST + foot.height())

    def show_picture(self, picture: NDArray[np.uint8], centred: bool) -> None:
        """Show a picture (28, 28)."""
        self._picture.set_tiles(picture[None].astype(np.float32) / np.float32(255))
        self._centred.setChecked(centred)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame, for black paper on a black ground."""
        painter = QPainter(self)
        painter.setPen(QColor(themes().theme.line))
        picture = self._picture.tile_rect(0).translated(QPointF(self._picture.pos()))
        painter.drawRect(picture.adjusted(-0.5, -0.5, 0.5, 0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture is a square, the choice lies at its foot."""
        super().resizeEvent(event)
        foot = self._centred.sizeHint()
        side = max(min(self.width(), self.height() - foot.height()), 1)
        top = (self.height() - side - foot.height()) // 2
        self._picture.setGeometry((self.width() - side) // 2, top, side, side)
        self._centred.setGeometry(
            (self.width() - foot.width()) // 2, top + side, foot.width(), foot.height()
        )
