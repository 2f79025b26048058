"""Zoom of a scatter plot, and the samples inside a lasso."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_EDGE = 26  # pixels left free around all
_MOST_ZOOM = 400.0


@dataclass(frozen=True)
class ScatterZoom:
    """The plane's point (x, y) lies in the middle; `scale` is pixels a unit."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 100.0

    @classmethod
    def fitting(cls, places: Points, width: float, height: float) -> "ScatterZoom":
        """So that all but the outermost few can be seen."""
        if not len(places):
            return cls()
        low, high = np.percentile(places, (0.5, 99.5), axis=0)
        span = np.maximum(high - low, 1e-6)
        room = np.maximum(np.array([width, height]) - 2 * _EDGE, 10)
        middle = (low + high) / 2
        return cls(float(middle[0]), float(middle[1]), float((room / span).min()))

    def pixels(self, places: Points, width: float, height: float) -> Points:
        """Where places (n, 2) lie in a widget of this size; upwards is upwards."""
        found = (places - np.array([self.x, self.y])) * np.array([self.scale, -self.scale])
        return np.asarray(found + np.array([width / 2, height / 2]))

    def moved(self, right: float, down: float) -> "ScatterZoom":
        """The picture shoved by so many pixels."""
        return ScatterZoom(self.x - right / self.scale, self.y + down / self.scale, self.scale)

    def zoomed(self, by: float, right: float, down: float, fitted: float) -> "ScatterZoom":
        """Closer by a factor, around a point so many pixels from the middle.

        `fitted` is the scale at which all is seen: it limits how far one can go.
        """
        scale = min(max(self.scale * by, fitted / 2), fitted * _MOST_ZOOM)
        still = 1 / self.scale - 1 / scale
        return ScatterZoom(self.x + right * still, self.y - down * still, scale)

    def towards(self, other: "ScatterZoom", share: float) -> "ScatterZoom":
        """Part of the way to another view."""
        pairs = ((self.x, other.x), (self.y, other.y), (self.scale, other.scale))
        return ScatterZoom(*(a + (b - a) * share for a, b in pairs))


def enclosed(points: Points, line: Points) -> NDArray[np.bool_]:
    """Which points (n, 2) lie inside the closed line (m, 2), by the even-odd rule."""
    x, y = points[:, 0, None], points[:, 1, None]
    (x1, y1), (x2, y2) = line.T, np.roll(line, -1, axis=0).T
    crosses = (y1 > y) != (y2 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x1 + (y - y1) / (y2 - y1) * (x2 - x1)
    return np.asarray((crosses & (x < at)).sum(axis=1) % 2 == 1)
