"""The window as the benchmarks drive it: with settings of its own, from the thread it lives on."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from core.chapters.registry import chapters
from core.kernels.engine import set_engine
from core.runtime.compute import limit_threads
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes

_LONGEST = 60.0


@contextmanager
def opened() -> Iterator[tuple[MainWindow, Path]]:
    """A window that has begun to get ready, and a folder that is gone with it. Once a process."""
    app = QApplication(["benchmark"])
    app.setStyle("Fusion")
    set_engine("reference")
    limit_threads(1)
    sys.setswitchinterval(0.001)  # as the application does
    themes().use("dark")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(chapters(), Settings(settings))
        window.resize(1280, 800)
        window.show()
        window.launch()
        try:
            yield window, folder
        finally:
            window.page.editor.undo.setClean()  # or it would ask what to do with a changed page
            window.close()


def play(window: MainWindow) -> None:
    """Train on, also beyond the chapter's goal."""
    window.state.training.play()
    wait_for(lambda: window.state.training.status is Status.PLAYING)


def live(seconds: float) -> None:
    """Let the window run for a while."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def wait_for(condition: Callable[[], bool]) -> None:
    """Let the window run until something is so. Raises TimeoutError after a minute."""
    end = time.perf_counter() + _LONGEST
    while not condition():
        live(0.002)
        if time.perf_counter() > end:
            raise TimeoutError("The window did not get there.")
