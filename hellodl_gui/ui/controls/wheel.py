"""Wheel and touchpad turns, counted in notches."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QWheelEvent

_ANGLE = 120
_PIXELS = 40  # where the system tells no angles: as far as a list scrolls with one notch


def wheel_turns(event: QWheelEvent) -> tuple[float, float]:
    """Notches to the right and up, each a part of one where a touchpad sends small events."""
    angle: QPoint = event.angleDelta()
    if not angle.isNull():
        return angle.x() / _ANGLE, angle.y() / _ANGLE
    pixels = event.pixelDelta()
    return pixels.x() / _PIXELS, pixels.y() / _PIXELS


def wheel_notches(event: QWheelEvent) -> float:
    """Notches up, for what grows with every part of one."""
    return wheel_turns(event)[1]


class NotchCounter:
    """Adds small turns up to whole notches, for what goes in steps."""

    def __init__(self) -> None:
        self._rest = 0.0

    def add(self, event: QWheelEvent) -> int:
        """Whole notches that have come together: up is positive."""
        across, up = wheel_turns(event)
        turn = up or across
        if turn * self._rest < 0:
            self._rest = 0.0  # the other way
        self._rest += turn
        whole = int(self._rest)
        self._rest -= whole
        return whole
