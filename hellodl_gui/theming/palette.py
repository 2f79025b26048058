"""Colormaps: look-up tables (256, 4) of bytes from numbers to colours."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from hellodl_gui.theming.theme import Theme

Lut = NDArray[np.uint8]


def rgb(colour: str) -> tuple[int, int, int]:
    """(red, green, blue) of #rrggbb."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def diverging(theme: Theme) -> Lut:
    """Negative through the panel's own colour to positive: for weights and gradients."""
    return _between(theme.negative, theme.panel, theme.positive)


@cache
def heat(theme: Theme) -> Lut:
    """Nothing to much: for counts and probabilities."""
    return _between(*theme.heat)


@cache
def ink() -> Lut:
    """Black to white, as in the data."""
    return _between("#000000", "#808080", "#ffffff")


def colour_words(channels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Red, green and blue (3, …) as words 0xffRRGGBB (…), which Qt draws fastest."""
    red, green, blue = channels.astype(np.uint32)
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue


def words_image(words: NDArray[np.uint32]) -> QImage:
    """An image of words 0xffRRGGBB (height, width), with pixels of its own."""
    height, width = words.shape
    pixels = np.ascontiguousarray(words)
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


@cache
def _packed(lut: bytes) -> NDArray[np.uint32]:
    return colour_words(np.frombuffer(lut, np.uint8).reshape(256, 4)[:, :3].T)


def packed(lut: Lut) -> NDArray[np.uint32]:
    """A look-up table as 256 words 0xffRRGGBB."""
    return _packed(lut.tobytes())


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance, 0 to 1, of a colour with channels 0 to 255 (WCAG 2)."""

    def linear(channel: float) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    """How well two colours #rrggbb are told apart: 1 not at all, 21 black on white (WCAG 2)."""
    bright, dark = sorted((luminance(*rgb(one)), luminance(*rgb(other))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def text_on(background: QColor) -> QColor:
    """Black or white: whichever is read better on a background (4.5:1 at the very least)."""
    bright = luminance(background.red(), background.green(), background.blue()) > 0.179
    return QColor("#000000" if bright else "#ffffff")


def _between(low: str, middle: str, high: str) -> Lut:
    places = np.linspace(0, 2, 256)
    stops = np.array([rgb(low), rgb(middle), rgb(high)])
    channels = [np.interp(places, (0, 1, 2), stops[:, c]) for c in range(3)]
    lut = np.full((256, 4), 255, np.uint8)
    lut[:, :3] = np.stack(channels, axis=1).round()
    return lut
