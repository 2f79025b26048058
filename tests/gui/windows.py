"""The whole window, with settings of its own, with and without a training process."""

from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapters
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status
from tests.gui.kit import show_widget

PATIENCE = 120_000


def store_in(folder: Path) -> Settings:
    return Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))


def new_window(folder: Path) -> MainWindow:
    window = MainWindow(chapters(), store_in(folder))
    window.resize(760, 700)
    return window


def show_window(qtbot: QtBot, folder: Path, width: int = 760, height: int = 700) -> MainWindow:
    """Without a training process."""
    return show_widget(qtbot, new_window(folder), width, height)


def launch_window(qtbot: QtBot, folder: Path) -> MainWindow:
    """Once its training process has begun."""
    window = show_window(qtbot, folder)
    window.launch()
    until_ready(qtbot, window)
    return window


def until_ready(qtbot: QtBot, window: MainWindow) -> None:
    quiet = (Status.IDLE, Status.FINISHED)
    qtbot.waitUntil(lambda: window.state.training.status in quiet, timeout=PATIENCE)


def train(qtbot: QtBot, window: MainWindow, steps: int) -> None:
    window.state.training.play()
    qtbot.waitUntil(lambda: window.state.timeline.step >= steps, timeout=PATIENCE)
    window.state.training.pause()
    until_ready(qtbot, window)
