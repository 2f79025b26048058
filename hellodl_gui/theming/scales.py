"""Families of colours: for layers from first to last, and for places in a kernel."""

from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.theme import Theme

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
