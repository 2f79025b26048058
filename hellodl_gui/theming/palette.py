"""Colours for numbers: look-up tables (256, 4) of bytes."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

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


def _between(low: str, middle: str, high: str) -> Lut:
    places = np.linspace(0, 2, 256)
    stops = np.array([rgb(low), rgb(middle), rgb(high)])
    channels = [np.interp(places, (0, 1, 2), stops[:, c]) for c in range(3)]
    lut = np.full((256, 4), 255, np.uint8)
    lut[:, :3] = np.stack(channels, axis=1).round()
    return lut
