"""Start/stop button with a progress bar and an error line."""

import math

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox, vbox

_PARTS = 1000


class StartBar(QWidget):
    """One button that starts or stops, a bar, words beside it, and a sentence where it is wrong.

    Signals: `start_wanted()`, `stop_wanted()`.
    """

    start_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, start: str, tip: str, stop: str) -> None:
        super().__init__()
        self._texts = start, stop
        self._tips = tip, tr("Stops all runs within a second; what is recorded is kept")
        self._running = False
        self.button = QPushButton()
        self.button.setProperty("main", "true")
        self.button.clicked.connect(self._on_click)
        self._bar = QProgressBar()
        self._bar.setRange(0, _PARTS)
        self._bar.setTextVisible(False)
        self._words = quiet(ElidedLabel())
        self._wrong = QLabel()
        self._wrong.setProperty("role", "wrong")
        self._wrong.setTextFormat(Qt.TextFormat.PlainText)
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        beside = vbox(self._words, self._bar, spacing=2)
        upper = hbox(self.button, (beside, 1), spacing=10)
        vbox(upper, self._wrong, spacing=4, on=self)
        self.show_running(False)

    def show_running(self, running: bool) -> None:
        """Whether the button stops or starts."""
        self._running = running
        self.button.setText(self._texts[running])
        self.button.setToolTip(self._tips[running])

    def show_progress(self, share: float, words: str) -> None:
        """How much is done, 0 to 1, and what that means."""
        self._bar.setValue(round(share * _PARTS))
        self._bar.setVisible(share > 0)
        if words != self._words.text():
            self._words.say(words)

    def show_wrong(self, sentence: str) -> None:
        """What is wrong; empty when nothing is."""
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))

    @property
    def wrong(self) -> str:
        """The sentence that is shown."""
        return self._wrong.text()

    @Slot()
    def _on_click(self) -> None:
        (self.stop_wanted if self._running else self.start_wanted).emit()


def duration(seconds: float) -> str:
    """`0:09`, `12:30` or `2 h 05`; empty for what is not known."""
    if not math.isfinite(seconds):
        return ""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left:02}" if hours else f"{minutes}:{rest:02}"
