"""Flow layout: a row of controls that wraps."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

_SPACING = 6


@dataclass
class _Part:
    item: QLayoutItem
    stretch: int
    joined: bool

    def narrow(self) -> int:
        """Its least width."""
        return self.item.minimumSize().width()

    def wide(self) -> int:
        """The width it has while there is room, in pixels."""
        return max(self.item.sizeHint().width(), self.narrow())


class FlowLayout(QLayout):
    """Its least width is that of its widest part. In each line the room that is left over goes to
    the parts with a stretch; a part that is `joined` stands in the line of the one before it, as a
    field does with its label.
    """

    def __init__(self, spacing: int = _SPACING) -> None:
        super().__init__()
        self._parts: list[_Part] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def add(self, widget: QWidget, stretch: int = 0, joined: bool = False) -> None:
        """Another control at the end."""
        self.addWidget(widget)
        self._parts[-1].stretch, self._parts[-1].joined = stretch, joined

    # -- what Qt asks a layout ----------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        """Qt's way in; `add` is ours."""
        self._parts.append(_Part(item, 0, False))

    def count(self) -> int:
        """How many parts."""
        return len(self._parts)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The part at a place; None past the end."""
        return self._parts[index].item if 0 <= index < len(self._parts) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take a part out; None past the end."""
        return self._parts.pop(index).item if 0 <= index < len(self._parts) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Never higher than its lines."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """More lines where it is narrow."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Of all lines in so many pixels."""
        lines = self._lines(width)
        heights = sum(_height(line) for line in lines)
        return heights + self.spacing() * max(len(lines) - 1, 0)

    def sizeHint(self) -> QSize:
        """All in one line."""
        seen = self._seen()
        widths = sum(part.wide() for part in seen) + self.spacing() * max(len(seen) - 1, 0)
        return QSize(widths, _height(seen))

    def minimumSize(self) -> QSize:
        """As narrow as the widest part, or the widest pair that stays together."""
        seen = self._seen()
        widths = [self._width(group, narrow=True) for group in _together(seen)]
        return QSize(max(widths, default=0), _height(seen))

    def setGeometry(self, rect: QRect) -> None:
        """Give every part its place."""
        super().setGeometry(rect)
        y = rect.y()
        for line in self._lines(rect.width()):
            height, x = _height(line), rect.x()
            for part, width in zip(line, self._widths(line, rect.width()), strict=True):
                own = min(part.item.maximumSize().height(), height)
                fixed = Qt.Orientation.Vertical not in part.item.expandingDirections()
                own = min(own, part.item.sizeHint().height()) if fixed else own
                at = QPoint(x, y + (height - own) // 2)
                part.item.setGeometry(QRect(at, QSize(width, own)))
                x += width + self.spacing()
            y += height + self.spacing()

    # -- how lines are filled -----------------------------------------------------------------

    def _seen(self) -> list[_Part]:
        return [part for part in self._parts if not part.item.isEmpty()]

    def _width(self, parts: Sequence[_Part], narrow: bool = False) -> int:
        own = sum(part.narrow() if narrow or part.stretch else part.wide() for part in parts)
        return own + self.spacing() * max(len(parts) - 1, 0)

    def _lines(self, width: int) -> list[list[_Part]]:
        lines: list[list[_Part]] = []
        for group in _together(self._seen()):
            if lines and self._width([*lines[-1], *group]) <= width:
                lines[-1].extend(group)
            else:
                lines.append(list(group))
        return lines

    def _widths(self, line: Sequence[_Part], width: int) -> list[int]:
        """Least widths, and what is left first up to the hints, then by the stretches."""
        widths = [part.narrow() if part.stretch else part.wide() for part in line]
        left = width - sum(widths) - self.spacing() * (len(line) - 1)
        for place, part in enumerate(line):
            if left < 0 and not part.stretch:  # one part alone, wider than all the room
                widths[place] = max(part.narrow(), widths[place] + left)
            elif left > 0 and part.stretch:
                more = min(left, part.wide() - widths[place])
                widths[place], left = widths[place] + more, left - more
        total = sum(part.stretch for part in line)
        if left > 0 and total:
            shares = [left * part.stretch // total for part in line]
            widths = [own + share for own, share in zip(widths, shares, strict=True)]
        return widths


def _height(parts: Sequence[_Part]) -> int:
    return max((part.item.sizeHint().height() for part in parts), default=0)


def _together(parts: Sequence[_Part]) -> list[list[_Part]]:
    groups: list[list[_Part]] = []
    for part in parts:
        if part.joined and groups:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups
