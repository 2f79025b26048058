"""Image with a unit's receptive field outlined."""

import numpy as np
from numpy.typing import NDArray

from core.inspect.features.receptive_field import PixelRect
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme_manager import themes

_LARGER = 4  # times, so that the outline is fine


def outlined_image(picture: NDArray[np.uint8], where: PixelRect | None) -> NDArray[np.uint8]:
    """A picture (h, w) or (3, h, w) enlarged, as ink, with `where` outlined: (3, 4·h, 4·w).

    All of it needs no outline, and None none either.
    """
    large = np.kron(picture, np.ones((_LARGER, _LARGER), np.uint8))
    tile = np.repeat(large[None], 3, axis=0) if large.ndim == 2 else large
    if where is None:
        return tile
    top, left, bottom, right = (side * _LARGER for side in where)
    if (bottom - top, right - left) != large.shape[-2:]:
        colour = np.array(rgb(themes().theme.positive), np.uint8)[:, None]
        for row in (top, bottom - 1):
            tile[:, row, left:right] = colour
        for column in (left, right - 1):
            tile[:, top:bottom, column] = colour
    return tile
