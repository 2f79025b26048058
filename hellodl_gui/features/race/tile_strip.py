"""Strip of weight tiles, as small as an icon."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from hellodl_gui.theming.palette import diverging, packed
from hellodl_gui.theming.theme_manager import themes

_GAP = 2


def tile_strip(tiles: NDArray[np.float32], size: QSize, ratio: float = 1.0) -> QPixmap:
    """As many of the tiles (N, h, w) as fit into `size`, blue below zero and orange above.

    Full colour is the largest magnitude among them; `ratio` device pixels for each of the window's.
    """
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    finite = np.nan_to_num(tiles)
    if not finite.size:
        return pixmap
    height, width = finite.shape[1:]
    scale = min(size.height() / height, size.width() / width)
    fit = max(int((size.width() + _GAP) // (width * scale + _GAP)), 1)
    shown = finite[:fit]
    level = float(np.abs(shown).max()) or 1.0
    words = packed(diverging(themes().theme))[
        ((shown / level + 1) * 127.5).round().astype(np.uint8)
    ]
    with QPainter(pixmap) as painter:
        for place, tile in enumerate(np.ascontiguousarray(words)):
            image = QImage(tile.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
            left = round(place * (width * scale + _GAP))
            smooth = Qt.TransformationMode.SmoothTransformation
            fast = Qt.TransformationMode.FastTransformation
            target = QSize(max(round(width * scale), 1), max(round(height * scale), 1)) * ratio
            scaled = image.scaled(
                target, Qt.AspectRatioMode.IgnoreAspectRatio, smooth if scale < 1 else fast
            )
            scaled.setDevicePixelRatio(ratio)
            painter.drawImage(left, 0, scaled)
    return pixmap
