"""Row of a few large images, each with a heading and a colour scale."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from hellodl_gui.theming.palette import ink
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.mosaic.mosaic import Mosaic

_SIGN = 30  # pixels between two pictures


class ImageRow(QWidget):
    """`headings` name the pictures; a sign such as “×” or “=” may stand between two of them.

    `signed` pictures show negative and positive values in the diverging colours, the others are
    ink from 0 to 1.
    """

    def __init__(self, headings: list[str], signed: list[bool], signs: list[str]) -> None:
        super().__init__()
        self._pictures: list[Mosaic] = []
        self._heads: list[QLabel] = []
        self._feet: list[QLabel] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setRowStretch(0, 1)  # what is left over stands above and below all of it,
        grid.setRowStretch(2, 1000)  # not between a picture and its words
        grid.setRowStretch(4, 1)
        for index, heading in enumerate(headings):
            if index:
                sign = QLabel(signs[index - 1])
                sign.setProperty("role", "title")
                grid.addWidget(sign, 2, 2 * index - 1, Qt.AlignmentFlag.AlignCenter)
            picture = Mosaic(symmetric=signed[index], enlarges=False)
            picture.one = heading
            picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            if not signed[index]:
                picture.set_lut(ink())
            head, foot = sentence(heading), sentence()
            self._heads.append(head)
            for label in (head, foot):
                label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            picture.hovered.connect(lambda text, i=index: self._on_hover(i, text))
            # Room for two lines, so that pictures stand still while the words change.
            foot.setMinimumHeight(2 * foot.fontMetrics().lineSpacing())
            for line, part in enumerate((head, picture, foot), 1):
                grid.addWidget(part, line, 2 * index)
            grid.setColumnStretch(2 * index, 1)
            self._pictures.append(picture)
            self._feet.append(foot)
        self._texts = [""] * len(headings)

    def set_heading(self, index: int, heading: str) -> None:
        """Another name for a picture."""
        self._heads[index].setText(heading)
        self._pictures[index].one = heading

    def texts(self) -> list[tuple[str, str]]:
        """Above and below each picture."""
        return [
            (head.text(), foot.text()) for head, foot in zip(self._heads, self._feet, strict=True)
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures are square: no taller than there is width for each."""
        super().resizeEvent(event)
        count = len(self._pictures)
        side = max((self.width() - 24 - (count - 1) * _SIGN) // count, 24)
        for picture in self._pictures:
            picture.setMaximumHeight(side)

    def set_picture(self, index: int, picture: NDArray[np.float32], foot: str = "") -> None:
        """Show (h, w) numbers with a line under them."""
        self._pictures[index].set_tiles(picture[None])
        self._texts[index] = foot
        self._feet[index].setText(foot)

    def _on_hover(self, index: int, text: str) -> None:
        self._feet[index].setText(text.partition(" · ")[2] if text else self._texts[index])
