"""Arrow keys: where they lead in a grid."""

from PySide6.QtCore import Qt

Place = tuple[int, int]
"""Row and column."""

_STEPS: dict[int, Place] = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def arrow_step(key: int) -> Place | None:
    """Rows down and columns right that an arrow key goes; None for any other key."""
    return _STEPS.get(key)


def walked_to(key: int, here: Place | None, shape: tuple[int, int]) -> Place | None:
    """Where an arrow key leads from `here` in a grid of (rows, columns), which it does not leave.

    From nowhere it leads to the first cell. None for any other key, and where there are no cells.
    """
    step = _STEPS.get(key)
    if step is None or not shape[0] or not shape[1]:
        return None
    row, column = (0, 0) if here is None else (here[0] + step[0], here[1] + step[1])
    return min(max(row, 0), shape[0] - 1), min(max(column, 0), shape[1] - 1)
