"""Breadcrumbs: the current place as a row of links."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.labels import quiet


class Breadcrumbs(QWidget):
    """“Network › 3 · GELU › map 2”. Signals: `chosen(int)` how many of them are to be left."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)

    def minimumSizeHint(self) -> QSize:
        """As narrow as may be: what does not fit is cut."""
        return QSize(60, super().minimumSizeHint().height())

    def words(self) -> list[str]:
        """What it says."""
        return list(self._words)

    def show_words(self, words: Sequence[str]) -> None:
        """Say where one is; the last one is here."""
        if list(words) == self._words:
            return
        self._words = list(words)
        while self._row.count() > 1:
            item = self._row.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        for number, word in enumerate(self._words):
            if number:
                sign = quiet(QLabel("›"))
                self._row.insertWidget(self._row.count() - 1, sign)
            button = QToolButton()
            button.setAutoRaise(True)
            button.setText(word.replace("&", "&&"))
            button.setEnabled(number < len(self._words) - 1)
            button.setToolTip(tr("Back to {place}").format(place=word))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, level=number: self.chosen.emit(level))
            self._row.insertWidget(self._row.count() - 1, button)
