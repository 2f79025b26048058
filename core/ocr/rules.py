"""Taking the printed lines off ruled and squared paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

_ACROSS = 0.3  # of the page's width: a straight run this long is printed, not written
_DOWN = 0.5  # of its height
_RUN = 1 / 50  # of that side: a tilted line is a staircase of runs at least this long
_UNBROKEN = 0.75  # of its length: the bars of a row of sevens leave wider gaps
_SLANT = 0.1  # rise over run of the steepest line
_DARKER = 0.4  # of the way from a line's darkness to the pen's: what is darker was written over it
_APART = 25  # levels between line and pen below which darkness tells nothing


def without_rules(
    ink: NDArray[np.bool_], dark: NDArray[np.uint8] | None = None
) -> NDArray[np.bool_]:
    """The mask (H, W) without long straight lines; strokes that cross them stay whole.

    `dark` (H, W): 255 − level. A pen darker than the lines is told from them even where it runs
    along one.
    """
    mask = ink.astype(np.uint8)
    turned = None if dark is None else np.ascontiguousarray(dark.T)
    across = _lines(mask, _ACROSS, dark)
    down = _lines(np.ascontiguousarray(mask.T), _DOWN, turned).T
    if not (across.any() or down.any()):
        return ink
    return np.asarray((mask & ~across & ~down).astype(bool))


def _lines(
    mask: NDArray[np.uint8], share: float, dark: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    """Pixels that belong to lines over at least `share` of the width and to nothing else."""
    width = mask.shape[1]
    reach = max(9, round(width * _RUN))
    fat = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((reach // 2, reach // 2), np.uint8))
    # A faint line is ragged: a pixel above or below carries its run on.
    ragged = cv2.dilate(mask & ~fat, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(ragged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    bridged = cv2.dilate(runs, np.ones((3, 2 * reach + 1), np.uint8))
    count, places, stats, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
    rows, columns = np.nonzero(runs)
    place = places[rows, columns]
    span = stats[:, cv2.CC_STAT_WIDTH] - 2 * reach
    seen = np.unique(place.astype(np.int64) * width + columns)
    covered = np.bincount(seen // width, minlength=count)
    long = (span > share * width) & (covered >= _UNBROKEN * span)
    long &= stats[:, cv2.CC_STAT_HEIGHT] < _SLANT * span
    long[0] = False
    if not long.any():
        return np.zeros_like(mask)
    lines = np.zeros_like(mask)
    lines[rows, columns] = long[place]
    lines &= mask
    thick = round(int(lines.sum()) / int(covered[long].sum()))
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thick + 4, 1), np.uint8))
    printed = lines & ~crossing
    if dark is None:
        return np.asarray(printed, np.uint8)
    return _told_by_darkness(mask, lines, printed, dark)


def _told_by_darkness(
    mask: NDArray[np.uint8],
    lines: NDArray[np.uint8],
    printed: NDArray[np.uint8],
    dark: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """`printed` without what the pen wrote over a line, and with what only seemed to cross it."""
    others = dark[(mask > 0) & (lines == 0)]
    if not others.size or not printed.any():
        return np.asarray(printed, np.uint8)
    line = float(np.median(dark[printed > 0]))
    pen = float(np.quantile(others, 0.8))
    if pen - line < _APART:
        return np.asarray(printed, np.uint8)
    written = dark > line + _DARKER * (pen - line)
    return np.asarray(lines & ~written, np.uint8)
