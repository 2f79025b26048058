"""Progress bar with Cancel for slow work on the page."""

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.layout.boxes import hbox

_SLOW_MS = 300  # what takes longer shows its progress
_SHARES = 100


class ProgressRow(QWidget):
    """A stage in words, a bar and Cancel; seen only while something takes long.

    Signals: `cancelled` the person wants no more of it.
    """

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._stage = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _SHARES)
        self._bar.setAccessibleName(tr("Progress"))
        cancel = tool_button(tr("Cancel"), "", self.cancelled)
        hbox(self._stage, self._bar, cancel, on=self)
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self.show)
        self.hide()

    @Slot(float, str)
    def busy(self, share: float, what: str) -> None:
        """So much of it is done (0 to 1), and what is being done."""
        self._stage.setText(what)
        self._bar.setValue(round(share * _SHARES))
        if not self.isVisible() and not self._slow.isActive():
            self._slow.start()

    def ready(self) -> None:
        """It is over."""
        self._slow.stop()
        self.hide()
