"""Demo window of one widget, as in `python -m hellodl_gui.ui.mosaic.mosaic`."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from hellodl_gui.theming.theme_manager import SYSTEM, themes

_FRAME_MS = 33


def show(widget_of: Callable[[], QWidget], live: Callable[[QWidget], None] | None = None) -> None:
    """Open a widget until its window is closed; `live` changes it thirty times a second.

    The first word on the command line may name a theme.
    """
    app = QApplication(sys.argv)
    app.setStyle("Fusion")
    themes().use(sys.argv[1] if len(sys.argv) > 1 else SYSTEM)
    stage = QWidget()
    stage.setObjectName("panel")
    widget = widget_of()
    QVBoxLayout(stage).addWidget(widget)
    stage.setWindowTitle(type(widget).__name__)
    stage.resize(720, 480)
    timer = QTimer(stage)
    if live is not None:
        timer.timeout.connect(lambda: live(widget))
        timer.start(_FRAME_MS)
    stage.show()
    sys.exit(app.exec())
