"""A text with a cursor: the place in it that is meant."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from core.data.specs import TokenSpec
from core.translation import tr
from hellodl_gui.theming.palette import text_on
from hellodl_gui.theming.theme_manager import themes


class TextView(QPlainTextEdit):
    """Tokens as they are read; a click or an arrow key means another one.

    Signals: `moved(int)` the number of the token that is meant now.
    """

    moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName(tr("The text"))
        self._ends: NDArray[np.int64] = np.zeros(0, np.int64)
        self.cursor_at = 0
        self.cursorPositionChanged.connect(self._on_moved)
        themes().changed.connect(self._mark)

    def show_text(self, spec: TokenSpec, tokens: NDArray[np.integer], cursor: int) -> None:
        """Tokens (T,), the one at `cursor` marked."""
        parts = [spec.vocabulary[token] for token in tokens.tolist()]
        self._ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        text = "".join(parts)
        self.blockSignals(True)
        if text != self.toPlainText():
            self.setPlainText(text)
        self.cursor_at = cursor
        place = self.textCursor()
        place.setPosition(int(self._ends[cursor - 1]) if cursor else 0)
        self.setTextCursor(place)
        self.blockSignals(False)
        self._mark()

    def _on_moved(self) -> None:
        if not len(self._ends):
            return
        at = int(np.searchsorted(self._ends, self.textCursor().position(), "right"))
        at = min(at, len(self._ends) - 1)
        if at != self.cursor_at:
            self.cursor_at = at
            self._mark()
            self.moved.emit(at)

    def _mark(self, *_: object) -> None:
        if self.cursor_at >= len(self._ends):
            self.setExtraSelections([])
            return
        marked = QTextEdit.ExtraSelection()
        colour, look = QColor(themes().theme.accent), QTextCharFormat()
        look.setBackground(colour)
        look.setForeground(text_on(colour))
        place = QTextCursor(self.document())
        place.setPosition(int(self._ends[self.cursor_at - 1]) if self.cursor_at else 0)
        place.setPosition(int(self._ends[self.cursor_at]), QTextCursor.MoveMode.KeepAnchor)
        marked.format, marked.cursor = look, place
        self.setExtraSelections([marked])
