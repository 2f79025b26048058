"""Pager: previous and next page of a long list."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.labels import quiet


class Pager(QWidget):
    """Attributes: `page`, from 0. Signals: `turned()` another page was asked for."""

    turned = Signal()

    def __init__(self, size: int) -> None:
        super().__init__()
        self.page = 0
        self._size = size
        self._count = 0
        self._place = quiet(QLabel())
        self._back = self._button("◀", tr("Previous pictures (Page Up)"), -1)
        self._on = self._button("▶", tr("More pictures (Page Down)"), 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self._place, self._back, self._on):
            row.addWidget(part)

    def _button(self, text: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.turn(by))
        return button

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

    def set_size(self, size: int) -> None:
        """So many on a page from now on; what stands first there stays in sight."""
        self.page = self.page * self._size // size
        self._size = size

    def set_count(self, count: int) -> slice:
        """There are so many in all; returns those of this page."""
        self._count = count
        self.page = min(self.page, self.pages - 1)
        self._back.setEnabled(self.page > 0)
        self._on.setEnabled(self.page < self.pages - 1)
        self._place.setText(f"{self.page + 1} / {self.pages}")
        words = tr("{count}, page {page} of {pages}").format(
            count=f"{count:,}", page=self.page + 1, pages=self.pages
        )
        self._place.setToolTip(words)
        self._place.setAccessibleName(words)
        return slice(self.page * self._size, (self.page + 1) * self._size)
