"""Removal of the printed lines of ruled and squared paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

_ACROSS = 0.3  # of the page's width: a straight run this long is printed, not written
_DOWN = 0.5  # of its height
_RUN = 1 / 50  # of that side: a tilted line is a staircase of runs at least this long
_UNBROKEN = 0.75  # of its length: the bars of a row of sevens leave wider gaps
_STEP = 4  # pixels between the columns in which runs are followed
_SLANT = 0.1  # rise over run of the steepest line
_FAINTEST, _FAINTER = 14.0, 0.6  # darkness, share of ink's: what may belong to a line
_DARKER = 0.4  # of the way from a line's darkness to the pen's: what is darker was written over it
_APART = 25  # levels between line and pen below which darkness tells nothing
_MANY = 4  # lines: ruled or squared paper
_FAR_APART = 45  # and above which it tells on the whole page


def remove_ruled_lines(
    ink: NDArray[np.bool_], dark: NDArray[np.uint8] | None = None, threshold: float = 0.0
) -> NDArray[np.bool_]:
    """The mask (H, W) without long straight lines; strokes that cross them stay whole.

    `dark` (H, W): 255 − level, where a pixel counts as ink from `threshold`. Lines are then looked
    for among fainter marks too, since ink may hold only the pieces that letters touch. A pen
    clearly darker than the lines is told from them even where it runs along one, and pieces of
    lines too crooked to be found go as well.
    """
    mask = ink.astype(np.uint8)
    if dark is not None:
        mask |= (dark >= max(_FAINTEST, _FAINTER * threshold)).astype(np.uint8)
    across, over, rows = _lines(mask, _ACROSS)
    beside, down, columns = _lines(np.ascontiguousarray(mask.T), _DOWN)
    lines, printed = across | beside.T, over | down.T
    if not lines.any():
        return ink
    mask = ink.astype(np.uint8)
    writing = mask & ~printed
    if dark is not None and writing.any() and printed.any():
        line, pen = _levels(dark, printed, writing)
        written = (dark > line + _DARKER * (pen - line)).astype(np.uint8)
        # One line may be a sheet's edge, and pale writing far from it no line at all.
        if rows + columns >= _MANY and pen - line >= _FAR_APART:
            # The pen's own soft edge is as pale as a line: it may stay, but not along a line.
            edge = cv2.dilate(written, np.ones((3, 3), np.uint8))
            writing = mask & edge & ~(lines & ~written)
        elif pen - line >= _APART:
            writing = mask & ~(lines & ~written)
    return np.asarray(writing.astype(bool))


def _levels(
    dark: NDArray[np.uint8], printed: NDArray[np.uint8], writing: NDArray[np.uint8]
) -> tuple[float, float]:
    """How dark printed lines and the pen are."""
    some = np.s_[::2, ::2] if printed[::2, ::2].any() and writing[::2, ::2].any() else np.s_[:, :]
    line = float(np.median(dark[some][printed[some] > 0]))
    return line, float(np.quantile(dark[some][writing[some] > 0], 0.8))


def _lines(
    mask: NDArray[np.uint8], share: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
    """Pixels of lines over at least `share` of the width; those of them that no stroke crosses;
    and how many lines there are.
    """
    none = np.zeros_like(mask), np.zeros_like(mask), 0
    width = mask.shape[1]
    reach = max(9, round(width * _RUN))
    fat = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((reach // 2, reach // 2), np.uint8))
    # A faint line is ragged: a pixel above or below carries its run on.
    ragged = cv2.dilate(mask & ~fat, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(ragged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    if not cv2.countNonZero(runs):
        return none
    # Bridges are longer than a step of the sampling, so what hangs together still does, and
    # labelling, the dearest part by far, costs a fraction.
    bridged = cv2.dilate(runs, np.ones((3, 2 * reach + 1), np.uint8))[:, ::_STEP]
    count, places, stats, _ = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(bridged), connectivity=8, ltype=cv2.CV_32S
    )
    columns, rows = np.asarray(cv2.findNonZero(runs)).reshape(-1, 2).T
    place = places[rows, columns // _STEP]
    span = stats[:, cv2.CC_STAT_WIDTH] * _STEP - 2 * reach
    long = (span > share * width) & (stats[:, cv2.CC_STAT_HEIGHT] < _SLANT * span)
    long[0] = False
    if not long.any():
        return none
    mine = long[place]
    row = np.cumsum(long) - 1  # long ones numbered without gaps
    seen = np.zeros((int(long.sum()), width), bool)
    seen[row[place[mine]], columns[mine]] = True
    covered = np.zeros(count, np.int64)
    covered[long] = seen.sum(axis=1)
    long &= covered >= _UNBROKEN * span
    if not long.any():
        return none
    lines = np.zeros_like(mask)
    lines[rows, columns] = long[place]
    lines &= mask
    thick = round(int(lines.sum()) / int(covered[long].sum()))
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thick + 4, 1), np.uint8))
    return lines, np.asarray(lines & ~crossing, np.uint8), int(long.sum())
