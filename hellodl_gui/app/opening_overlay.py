"""Overlay over the panels while another chapter is being opened."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.translation import tr
from hellodl_gui.state.models import Opening
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

_SHADE = 225
_WIDTH = 360


class OpeningOverlay(QWidget):
    """Title, progress and Cancel. Nothing below it can be clicked.

    Signals: `cancelled()`.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Opening a chapter"))
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self._words = quiet(QLabel())
        self._words.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.cancelled)
        card = QFrame()
        card.setProperty("role", "message")
        card.setFixedWidth(_WIDTH)
        parts = self._title, self._words, self._bar, hbox(1, self.cancel)
        vbox(*parts, margins=(24, 20, 24, 20), spacing=10, on=card)
        layout = QVBoxLayout(self)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def text(self) -> str:
        """The whole text."""
        return f"{self._title.text()} {self._words.text()}"

    def show_opening(self, opening: Opening, back_to: str, queued: bool, over: QRect) -> None:
        """What is being opened over this part of the parent; Cancel stays with `back_to`."""
        chapter = opening.chapter
        self._title.setText(
            tr("Opening {number} · {title}").format(number=chapter.number, title=chapter.title)
        )
        what = opening.what or tr("Getting the data ready")
        share = f": {opening.done:,} / {opening.total:,}" if opening.total else ""
        words = [tr("{what}{share}. Only the first time.").format(what=what, share=share)]
        if queued:
            words.append(tr("Training starts once it is open."))
        self._words.setText(" ".join(words))
        self._bar.setRange(0, opening.total)
        self._bar.setValue(opening.done)
        self.cancel.setToolTip(tr("Stay with “{title}”").format(title=back_to))
        self.setGeometry(over)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shade the panels below, which are out of date."""
        shade = QColor(themes().theme.window)
        shade.setAlpha(_SHADE)
        QPainter(self).fillRect(self.rect(), shade)
