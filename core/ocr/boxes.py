"""Boxes on a page as plain data. All lengths are pixels of the upright photo."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

MIN_SIDE = 4.0


@dataclass(frozen=True)
class Rect:
    """An upright rectangle: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x just past the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y just past the lower edge."""
        return self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        """The middle as (x, y)."""
        return self.x + self.w / 2, self.y + self.h / 2

    def moved(self, dx: float, dy: float) -> "Rect":
        """The same size, elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def clamped(self, width: float, height: float) -> "Rect":
        """The nearest rectangle of at least `MIN_SIDE` wholly on a page of this size."""
        w = min(max(self.w, MIN_SIDE), width)
        h = min(max(self.h, MIN_SIDE), height)
        return Rect(min(max(self.x, 0.0), width - w), min(max(self.y, 0.0), height - h), w, h)


def bounding_rect(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around at least one."""
    every = list(rects)
    x, y = min(r.x for r in every), min(r.y for r in every)
    return Rect(x, y, max(r.right for r in every) - x, max(r.bottom for r in every) - y)


@dataclass(frozen=True)
class CharacterBox:
    """One character on the page: where it stands, on which line, and what a person typed for it.

    `space`: whether a space stands before it; None where the gap on the page tells.
    """

    id: int
    rect: Rect
    line: int
    char: str | None = None
    space: bool | None = None
