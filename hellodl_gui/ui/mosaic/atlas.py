"""Layout of tiles in a widget, and packing of tiles into one image."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GAPS = (3, 8)
_CRISP = 3
_TRIED = 400


@dataclass(frozen=True)
class TileLayout:
    """How `count` tiles of height × width numbers lie in a widget.

    `scale` is widget pixels a number; `gap` pixels lie between tiles, `caption` below each of them;
    a device pixel is `grain` widget pixels.
    """

    count: int
    height: int
    width: int
    columns: int
    scale: float
    gap: float
    caption: int
    left: float
    top: float
    grain: float = 1.0

    @classmethod
    def fit(
        cls,
        tile: tuple[int, int, int],
        area: tuple[float, float],
        columns: int = 0,
        caption: int = 0,
        grain: float = 1.0,
        block: int = 1,
        dense: bool = False,
    ) -> "TileLayout":
        """The largest tiles (count, height, width) for an area (width, height), centred in it.

        With `columns` so many in a row, otherwise as many as let them grow most, in multiples of
        `block`. From three device pixels on, scales are whole ones: every number gets the same
        square. `dense` tiles are as far apart as their numbers: all is one picture.
        """
        count, height, width = tile

        def scale(across: int, gap: float) -> float:
            down = max(1, -(-count // across))
            if dense:
                wide = area[0] / (across * (width + 1) - 1)
                high = area[1] / (down * (height + 1) - 1)
                exact = max(min(wide, high), 0.01)
                return math.floor(exact / grain) * grain if exact >= _CRISP * grain else exact
            wide = (area[0] - (across - 1) * gap) / (across * width)
            high = (area[1] - (down - 1) * gap - down * caption) / (down * height)
            exact = max(min(wide, high), 0.01)
            return math.floor(exact / grain) * grain if exact >= _CRISP * grain else exact

        blocks = -(-count // block)
        most = 4 * math.isqrt(count) // block if count > _TRIED else blocks
        tried: Iterable[int] = range(block, block * max(most, 1) + 1, block)
        across = columns or max(tried, key=lambda k: (scale(k, _GAPS[0]), -k * -(-count // k)))
        # Large numbers need a larger gap, or tiles run into each other.
        gap: float = int(min(max(scale(across, _GAPS[0]) / 3, _GAPS[0]), _GAPS[1]))
        if count < 2:
            gap = 0
        size, down = scale(across, gap), -(-count // across)
        gap = size if dense else gap
        wide = across * (width * size + gap) - gap
        high = down * (height * size + gap + caption) - gap
        left, top = max((area[0] - wide) // 2, 0.0), max((area[1] - high) // 2, 0.0)
        return cls(count, height, width, across, size, gap, caption, left, top, grain)

    @property
    def crisp(self) -> bool:
        """Whether every number is large enough to be drawn as a square of its own."""
        return self.scale >= _CRISP * self.grain

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of a tile in the widget."""
        return self.width * self.scale, self.height * self.scale

    def origin(self, index: int) -> tuple[float, float]:
        """Where a tile's left upper corner lies in the widget."""
        row, column = divmod(index, self.columns)
        wide, high = self.size
        return (
            self.left + column * (wide + self.gap),
            self.top + row * (high + self.gap + self.caption),
        )

    def at(self, x: float, y: float) -> tuple[int, int, int] | None:
        """(tile, row in it, column in it) at a place in the widget, None between tiles."""
        wide, high = self.size
        column, x_in = divmod(x - self.left, wide + self.gap)
        row, y_in = divmod(y - self.top, high + self.gap + self.caption)
        index = int(row) * self.columns + int(column)
        if row < 0 or not 0 <= column < self.columns or index >= self.count:
            return None
        if x_in >= wide or y_in >= high:
            return None
        return index, int(y_in / self.scale), int(x_in / self.scale)


def pack_tiles(tiles: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Tiles (N, h, w) as one nearly square image, and how many of them lie in a row.

    Nearly square because Qt's painter counts source pixels in 16 bits.
    """
    count, height, width = tiles.shape
    across = max(1, math.isqrt(count * height // max(width, 1)))
    missing = -count % across
    if missing:
        tiles = np.concatenate([tiles, np.zeros((missing, height, width), np.uint8)])
    rows = len(tiles) // across
    blocks = tiles.reshape(rows, across, height, width).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(blocks).reshape(rows * height, across * width), across
