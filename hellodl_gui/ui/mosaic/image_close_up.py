"""Close-up of one image of a set, with its numbers."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.inspect.data.class_balance import SampleRef
from core.translation import tr
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.layout.boxes import hbox, vbox
from hellodl_gui.ui.mosaic.pixel_grid import PixelGrid


class ImageCloseUp(QWidget):
    """Signals: `closed()`; `stepped(int)` to the one before (-1) or after (1); `pointed(str)` the
    pixel under the pointer; `remove_wanted(SampleRef)`.
    """

    closed = Signal()
    stepped = Signal(int)
    pointed = Signal(str)
    remove_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._place: SampleRef = (0, 0)
        self._coloured = False
        self._words = QLabel()
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words.setWordWrap(True)
        self._grid = PixelGrid()
        self._grid.hovered.connect(self.pointed)
        self._grid.closed.connect(self.closed)
        self.setFocusProxy(self._grid)
        close = tool_button("✕", tr("All pictures again (Esc)"), self.closed)
        before = tool_button("◀", tr("The picture before"), lambda: self.stepped.emit(-1))
        after = tool_button("▶", tr("The next picture"), lambda: self.stepped.emit(1))
        self._remove = tool_button(
            tr("Remove"),
            tr("Remove it from My handwriting"),
            lambda: self.remove_wanted.emit(self._place),
        )
        self._remove.setAccessibleName(self._remove.toolTip())
        self._remove.hide()
        head = hbox((self._words, 1), self._remove, before, after, close, margins=(12, 4, 10, 0))
        vbox(head, (self._grid, 1), spacing=0, on=self)

    def set_removable(self, removable: bool) -> None:
        """Whether pictures may be removed."""
        self._remove.setVisible(removable)

    def hint(self) -> str:
        """How to read the numbers."""
        if self._grid.readable:
            return tr("Each number is a pixel's level: 0 is paper, 255 is ink.")
        if self._coloured:
            return tr("Point at a pixel for its red, green and blue.")
        return tr("Point at a pixel for its level; maximise to see all.")

    def show_picture(self, picture: NDArray[np.uint8], words: str, place: SampleRef) -> None:
        """Show this one."""
        self._place = place
        self._coloured = picture.ndim == 3
        self._words.setText(words)
        self._grid.set_picture(picture)
