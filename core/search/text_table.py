"""Plain text tables for a terminal."""

import math
from collections.abc import Sequence

from core.errors import one_line


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their head, columns aligned: numbers to the right, words to the left.

    Nothing in a cell ends its line or steers a terminal.
    """
    rows = [[one_line(cell) for cell in row] for row in rows]
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    lines = []
    for row in (head, *rows):
        cells = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _is_number(cell: str) -> bool:
    return cell in ("", "–") or cell[0].isdigit() or cell[0] in "-±"


def number(value: float, form: str = ".4f") -> str:
    """`value` so formatted; a dash for what is not known."""
    return format(value, form) if math.isfinite(value) else "–"


def plain(value: float) -> float | None:
    """As JSON knows it: null where there is no number."""
    return value if math.isfinite(value) else None
