"""Colour scales: for layers from first to last, and for positions in a kernel."""

import math

from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme import Theme

_GOLDEN = 0.381966  # of the circle of hues from one class to the next
_FEW = 12  # classes that hues alone tell apart
_STRONGER, _WEAKER = 0.4, 0.45  # how far the first row tends to the text, the last to the panel


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two, as #rrggbb; at a share of 1 it is the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def in_order(theme: Theme, count: int) -> list[str]:
    """So many colours that show which is first and which last."""
    stops = [theme.curves[0], theme.curves[2], theme.curves[1], theme.curves[3]]
    found = []
    for number in range(count):
        at = number / max(count - 1, 1) * (len(stops) - 1)
        first = min(int(at), len(stops) - 2)
        found.append(mixed(stops[first], stops[first + 1], at - first))
    return found


def by_place(theme: Theme, rows: int, columns: int) -> list[str]:
    """A colour for each cell of a grid, row by row: hue tells the column, strength the row."""
    found = []
    for row in range(rows):
        weak = -_STRONGER + (_STRONGER + _WEAKER) * row / max(rows - 1, 1) if rows > 1 else 0.0
        for column in range(columns):
            hue = theme.curves[column % len(theme.curves)]
            found.append(mixed(hue, theme.text if weak < 0 else theme.panel, abs(weak)))
    return found


def for_classes(theme: Theme, count: int) -> list[str]:
    """So many colours to tell classes apart: equal steps of hue, of many also of lightness.

    Neighbours in the list lie far apart. Computed in Oklch (Ottosson 2020), so that all are about
    equally light.
    """
    middle, colourful = (0.76, 0.13) if theme.dark else (0.56, 0.14)
    steps = (0.0, 0.1, -0.09) if theme.dark else (0.0, 0.04, -0.12)
    stride = next(
        step for step in range(round(_GOLDEN * count), 2 * count + 2)
        if step > 0 and math.gcd(step, max(count, 1)) == 1
    )  # fmt: skip
    found = []
    for number in range(count):
        hue = 2 * math.pi * (number * stride % count) / count
        light = middle + steps[number % 3] * (count > _FEW)
        found.append(_oklch(light, colourful, hue))
    return found


def _oklch(light: float, chroma: float, hue: float) -> str:
    """A colour of Oklch as #rrggbb, cut off where the screen has none such."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    channels = []
    for value in linear:
        inside = min(max(value, 0.0), 1.0)
        curved = 12.92 * inside if inside <= 0.0031308 else 1.055 * inside ** (1 / 2.4) - 0.055
        channels.append(round(255 * curved))
    return "#" + "".join(f"{channel:02x}" for channel in channels)
