"""Many small pictures in one: a mosaic that is drawn as a single image."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GUTTER = 1


@dataclass(frozen=True)
class Grid:
    """How `count` tiles of h × w lie in an image, a gutter of one pixel between them."""

    count: int
    height: int
    width: int
    columns: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return -(-self.count // self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole image."""
        return (
            self.rows * (self.height + GUTTER) + GUTTER,
            self.columns * (self.width + GUTTER) + GUTTER,
        )

    def origin(self, index: int) -> tuple[int, int]:
        """Top and left pixel of a tile."""
        row, column = divmod(index, self.columns)
        return row * (self.height + GUTTER) + GUTTER, column * (self.width + GUTTER) + GUTTER

    def at(self, x: float, y: float) -> tuple[int, int, int] | None:
        """(tile, row in it, column in it) at an image position, or None on a gutter."""
        if x < 0 or y < 0:
            return None
        row, y_in = divmod(int(y), self.height + GUTTER)
        column, x_in = divmod(int(x), self.width + GUTTER)
        index = row * self.columns + column
        if y_in < GUTTER or x_in < GUTTER or column >= self.columns or index >= self.count:
            return None
        return index, y_in - GUTTER, x_in - GUTTER

    def paint(self, tiles: NDArray, out: NDArray) -> None:
        """Copy tiles (count, h, w) into an image of `shape`; gutters stay as they are."""
        full = self.rows * self.columns
        if len(tiles) < full:
            pad = np.zeros((full - len(tiles), *tiles.shape[1:]), tiles.dtype)
            tiles = np.concatenate([tiles, pad])
        h, w = self.height + GUTTER, self.width + GUTTER
        cells = np.lib.stride_tricks.as_strided(
            out[GUTTER:, GUTTER:],
            (self.rows, h, self.columns, w),
            (out.strides[0] * h, out.strides[0], out.strides[1] * w, out.strides[1]),
        )
        blocks = tiles.reshape(self.rows, self.columns, self.height, self.width)
        cells[:, : self.height, :, : self.width] = blocks.transpose(0, 2, 1, 3)


def best_columns(count: int, height: int, width: int, aspect: float) -> int:
    """The number of columns that lets `count` tiles fill an area of this width/height best."""
    candidates = range(1, max(count, 1) + 1) if count <= 400 else range(1, 1 + 4 * math.isqrt(count))

    def scale(columns: int) -> float:
        rows = -(-count // columns)
        return min(aspect / (columns * (width + GUTTER)), 1 / (rows * (height + GUTTER)))

    return max(candidates, key=scale)
