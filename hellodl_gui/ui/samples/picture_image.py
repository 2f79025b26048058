"""A picture of bytes as an image of Qt."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from hellodl_gui.theming.palette import colour_words, words_image


def picture_image(picture: NDArray[np.uint8]) -> QImage:
    """Of a picture (h, w), grey, or (3, h, w), in its colours."""
    channels = np.broadcast_to(picture, (3, *picture.shape)) if picture.ndim == 2 else picture
    return words_image(colour_words(channels))
