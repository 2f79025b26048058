"""Pager: previous and next page of a long list."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from core.formatting import format_count
from core.translation import tr
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox

_KEYS: dict[int, int] = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class Pager(QWidget):
    """Attributes: `page`, from 0; `words`, what it says. Signals: `turned()` another page was asked
    for.
    """

    turned = Signal()

    def __init__(self, size: int) -> None:
        super().__init__()
        self.page = 0
        self.words = ""
        self._size = size
        self._count = 0
        self._place = quiet(ElidedLabel(Qt.AlignmentFlag.AlignRight))
        self._back = tool_button("◀", tr("Previous pictures (Page Up)"), lambda: self.turn(-1))
        self._on = tool_button("▶", tr("More pictures (Page Down)"), lambda: self.turn(1))
        hbox((self._place, 1), self._back, self._on, spacing=6, on=self)

    @property
    def pages(self) -> int:
        """How many there are, at least one."""
        return max(1, -(-self._count // self._size))

    def turn(self, by: int) -> None:
        """To the page before (-1) or after (1), where there is one."""
        there = min(max(self.page + by, 0), self.pages - 1)
        if there != self.page:
            self.page = there
            self.turned.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Turn the page by Page Up and Page Down; False for any other key."""
        by = _KEYS.get(event.key(), 0)
        if by and self.isVisible():
            self.turn(by)
        return bool(by) and self.isVisible()

    def set_size(self, size: int) -> None:
        """So many on a page from now on; what stands first there stays in sight."""
        self.page = self.page * self._size // size
        self._size = size

    def set_count(self, count: int, more: str | None = None) -> slice:
        """There are so many in all; returns those of this page.

        With `more` it says so and adds that where there is room, else only at which page it is.
        """
        self._count = count
        self.page = min(self.page, self.pages - 1)
        self._back.setEnabled(self.page > 0)
        self._on.setEnabled(self.page < self.pages - 1)
        short = f"{self.page + 1} / {self.pages}"
        self.words = tr("{count} · page {page} of {pages}").format(
            count=format_count(count), page=self.page + 1, pages=self.pages
        ) + (more or "")
        self._place.say(short if more is None else self.words, short)
        advance = self._place.fontMetrics().horizontalAdvance(short)
        self._place.setMinimumWidth(advance + 2)  # it is rounded: at scale 1.5 or 2 often down
        self._place.setToolTip(self.words)
        self._place.setAccessibleName(self.words)
        return slice(self.page * self._size, (self.page + 1) * self._size)
