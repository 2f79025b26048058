"""Text of the page, to select and copy; a click on a letter selects its box."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from core.translation import tr
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.theming.theme_manager import themes

_JITTER = 3  # screen pixels a hand may tremble in a click


class ReadingText(QPlainTextEdit):
    """The text of a document, line by line, as it stands.

    Doubtful letters are underlined, typed ones bold, those of chosen boxes filled. Only what has
    changed is written, so that a selection made for copying stays while the network learns.

    Signals: `box_wanted(int)` a letter was clicked.
    """

    box_wanted = Signal(int)

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self._written = ""
        self._marked: tuple[list[tuple[int, int, str]], str] = [], ""
        self._places: list[int | None] = []  # the box of each character, None for spaces and ends
        self._pressed = QPoint()
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setObjectName("reading")
        self.setAccessibleName(tr("Text on the page"))
        self.setToolTip(
            tr(
                "The text read from the page, to select and copy. Doubtful letters are "
                "underlined, typed ones bold; click one to select its box."
            )
        )
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        for signal in (document.opened, document.boxes_changed, document.page_changed):
            signal.connect(self._on_boxes)
        document.readings_changed.connect(self._on_text)
        document.doubt_changed.connect(self._on_text)
        document.selection_changed.connect(self._mark)
        themes().changed.connect(self._on_theme)
        self._on_theme()
        self._on_boxes()

    def _on_boxes(self, *_: object) -> None:
        """Where lines end and words begin only boxes tell, whatever is read in them."""
        self._order: list[tuple[str, int | None]] = []
        for line in self._document.lines():
            if self._order:
                self._order.append(("\n", None))
            for starts, box in zip(self._document.spaces(line), line, strict=True):
                if starts:
                    self._order.append((" ", None))
                self._order.append(("", box.id))
        self._on_text()

    def _on_text(self, *_: object) -> None:
        boxes, char_of = self._document.boxes, self._document.char_of
        if any(id is not None and id not in boxes for _, id in self._order):
            return  # they were read by who heard first that the boxes changed; our turn comes
        parts = [(char if id is None else char_of(id), id) for char, id in self._order]
        self._places = [id for char, id in parts for _ in char]
        self._write("".join(char for char, _ in parts))
        self._mark()

    def _write(self, text: str) -> None:
        """Replace what differs between the first and the last difference."""
        old = self._written
        if text == old:
            return
        first = _common_prefix(old, text)
        last = _common_prefix(old[first:][::-1], text[first:][::-1])
        self._cursor(first, len(old) - last).insertText(text[first : len(text) - last])
        self._written = text

    def _mark(self) -> None:
        """Doubtful, typed and chosen letters, as marks laid over the text."""
        marks = self._runs()
        if (marks, self._written) == self._marked:
            return
        self._marked = marks, self._written
        laid = []
        for first, end, look in marks:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = self._cursor(first, end), self._looks[look]
            laid.append(mark)
        self.setExtraSelections(laid)

    def _cursor(self, first: int, end: int) -> QTextCursor:
        """A cursor that holds the letters from `first` to `end`."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(first)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _runs(self) -> list[tuple[int, int, str]]:
        """First letter, end and look of letters beside each other that look alike."""
        document = self._document
        runs: list[tuple[int, int, str]] = []
        for place, id in enumerate(self._places):
            if id is None or id not in document.boxes:
                continue
            if id in document.selected:
                look = "chosen"
            elif document.boxes[id].char is not None:
                look = "typed"
            elif document.is_doubtful(id):
                look = "doubtful"
            else:
                continue
            if runs and runs[-1][1:] == (place, look):
                runs[-1] = runs[-1][0], place + 1, look
            else:
                runs.append((place, place + 1, look))
        return runs

    @Slot()
    def _on_theme(self) -> None:
        theme = themes().theme
        self._looks = {name: QTextCharFormat() for name in ("doubtful", "typed", "chosen")}
        self._looks["doubtful"].setForeground(QColor(theme.bad))
        self._looks["doubtful"].setFontUnderline(True)
        self._looks["typed"].setForeground(QColor(theme.accent))
        self._looks["chosen"].setForeground(QColor(theme.on_accent))
        self._looks["chosen"].setBackground(QColor(theme.accent))
        self._marked = [], ""
        self._mark()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click or the begin of a selection: the release tells."""
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses the letter's box."""
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        left = event.button() is Qt.MouseButton.LeftButton
        if not left or (at - self._pressed).manhattanLength() > _JITTER:
            return
        place = self._letter_at(at)
        id = self._places[place] if 0 <= place < len(self._places) else None
        if id is not None:
            self.box_wanted.emit(id)

    def _letter_at(self, at: QPoint) -> int:
        """The letter under a place of the screen: a cursor stands between two of them."""
        cursor = self.cursorForPosition(at)
        place = cursor.position()
        return place - 1 if self.cursorRect(cursor).x() > at.x() else place


def _common_prefix(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(one), len(other)))
