"""A drawing as a small JSON file, checked when it is read: it may have been made by anybody."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.ocr.drawing import Drawing, Stroke
from core.translation import tr

LARGEST = 4_000_000  # bytes
_MOST_POINTS = 200_000
_SIDE = 28
_FURTHEST = 100.0  # sides of the sheet


def pack_drawing(drawing: Drawing) -> bytes:
    """A drawing as UTF-8 JSON."""
    under = None if drawing.under is None else drawing.under.tolist()
    strokes = [{"points": s.points, "erases": s.erases} for s in drawing.strokes]
    data = {"strokes": strokes, "under": under, "centred": drawing.centred}
    return json.dumps(data, allow_nan=False).encode()


def unpack_drawing(data: bytes) -> Drawing:
    """The drawing in such a file. Raises DataError where there is none."""
    try:
        if len(data) > LARGEST:
            raise ValueError(tr("too large"))
        found = json.loads(data.decode())
        strokes = tuple(_stroke(one) for one in found["strokes"])
        if sum(len(stroke.points) for stroke in strokes) > _MOST_POINTS:
            raise ValueError(tr("too many points"))
        return Drawing(strokes, _under(found["under"]), found["centred"] is True)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(tr("This is not a drawing of the lab, or it is damaged.")) from error


def _stroke(found: Any) -> Stroke:
    points = tuple((float(x), float(y), float(wide)) for x, y, wide in found["points"])
    if not np.all(np.abs(np.array(points or [(0, 0, 0)])) <= _FURTHEST):
        raise ValueError(tr("a point far outside"))
    return Stroke(points, found["erases"] is True)


def _under(found: Any) -> NDArray[np.uint8] | None:
    if found is None:
        return None
    levels = np.array(found, np.float64)
    if levels.shape != (_SIDE, _SIDE) or not np.all((levels >= 0) & (levels <= 255)):
        raise ValueError(tr("no picture of 28×28"))
    return levels.astype(np.uint8)
