"""Animation between two levels of the zoom: growth and fade."""

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

_SHOWS, _SHOWN = 0.30, 0.75  # from where to where the level inside appears
_LEAST = 1.02  # what fills the room already grows a little all the same


def growth(room: QSizeF, target: QRectF, share: float) -> QTransform:
    """At a share of the way from seeing all of the room until `target` fills it."""
    most = max(
        room.width() / max(target.width(), 1e-3), room.height() / max(target.height(), 1e-3), _LEAST
    )
    scale = most**share
    middle = QPointF(room.width() / 2, room.height() / 2)
    x = (most * target.center().x() - middle.x()) / (most - 1)
    y = (most * target.center().y() - middle.y()) / (most - 1)
    made = QTransform.fromTranslate(x * (1 - scale), y * (1 - scale))
    return made.scale(scale, scale)


def appearance(share: float) -> float:
    """How opaque the level inside is at a share of the way: from 0 to 1 without a jolt."""
    share = min(max((share - _SHOWS) / (_SHOWN - _SHOWS), 0.0), 1.0)
    return share * share * (3 - 2 * share)
