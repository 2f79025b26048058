"""Mosaic of byte images: grey ones as ink, RGB ones in colour."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Signal

from core.translation import tr
from hellodl_gui.theming.palette import colour_words, ink, words_image
from hellodl_gui.ui.mosaic.atlas import pack_tiles
from hellodl_gui.ui.mosaic.mosaic import Caption, Mosaic


class ImageMosaic(Mosaic):
    """Shows pictures (N, h, w) or (N, 3, h, w).

    Signals: `over(int)` the picture under the pointer or reached by a key, -1 for none.
    """

    over = Signal(int)

    def __init__(self, enlarges: bool = False) -> None:
        self._coloured: NDArray[np.uint8] | None = None
        super().__init__(symmetric=False, enlarges=enlarges)
        self.set_lut(ink())
        self.one = tr("picture")

    def set_pictures(
        self, pictures: NDArray[np.uint8], captions: list[Caption], columns: int = 0
    ) -> None:
        """Show these, from 0 (paper) to 255 (ink)."""
        self._coloured = pictures if pictures.ndim == 4 else None
        grey = pictures.mean(axis=1) if pictures.ndim == 4 else pictures
        self.set_tiles(np.asarray(grey, np.float32) / np.float32(255), columns, captions)

    def _say_hovered(self) -> None:
        place = self._hovered()
        self.over.emit(-1 if place is None else place[0])

    def _say_current(self, index: int) -> None:
        self.over.emit(index)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover state."""
        super().leaveEvent(event)
        self.over.emit(-1)

    def _colour(self) -> None:
        if self._coloured is None or not len(self._coloured):
            super()._colour()
            return
        channels = [
            pack_tiles(np.ascontiguousarray(self._coloured[:, channel]))[0] for channel in range(3)
        ]
        self._image = words_image(colour_words(np.stack(channels)))
        self.update()
