"""Snaps dragged box edges to ink and to neighbouring boxes."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from hellodl_gui.features.page.boxes.ink_fit import stroke_edges
from hellodl_gui.state.page_document import PageDocument

_MOST = 0.12  # of a box's height: seen from far away nothing may be caught from further
_NEAR = 6.0  # heights of a box: further neighbours attract nothing


class Snapper:
    """Where edges catch during one drag: fixed when it begins, so that a move costs microseconds.

    `reach`: pixels of the page from which an edge is caught.
    """

    def __init__(self, document: PageDocument, moving: Collection[int], reach: float) -> None:
        heights = [document.boxes[id].rect.h for id in moving]
        self._reach = min(reach, _MOST * min(heights, default=0.0))
        xs: list[float] = []
        ys: list[float] = []
        for id in moving:
            rect = document.boxes[id].rect
            if document.page is not None:
                across, down = stroke_edges(document.page, rect)
                xs += across
                ys += down
            line = document.boxes[id].line
            for box in document.boxes.values():
                near = abs(box.rect.centre[0] - rect.centre[0]) < _NEAR * rect.h
                if box.line == line and near and box.id not in moving:
                    xs += (box.rect.x, box.rect.right)
                    ys += (box.rect.y, box.rect.bottom)
        self._xs, self._ys = np.array(xs), np.array(ys)

    def catch(self, xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
        """How far to go on in x and y for the nearest catch of any of the edges; 0 for none."""
        return self._caught(self._xs, xs), self._caught(self._ys, ys)

    def _caught(self, targets: NDArray[np.float64], edges: Sequence[float]) -> float:
        if not len(targets) or not edges:
            return 0.0
        ways = (targets[:, None] - np.asarray(edges)).ravel()
        nearest = float(ways[np.abs(ways).argmin()])
        return nearest if abs(nearest) <= self._reach else 0.0
