"""Start of the window: application, theme, window; then the training process."""

import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from core.errors import LabError
from core.io.safe_output import say
from core.paths import config_dir, temporary_home_notice
from hellodl_gui.services.log import log_path, start_log

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_LOG = logging.getLogger("hellodl")
_NO_SCREEN = (
    "hellodl: no screen found (neither DISPLAY nor WAYLAND_DISPLAY is set). The lab also "
    "works without one: “hellodl shots FOLDER” saves pictures of every panel, “hellodl "
    "train digits” trains, “hellodl read PAGE” reads a page."
)
_FORGOTTEN = (
    "The lab did not finish starting last time. The window and its panels are back in "
    "their default places, in case the layout was the cause."
)
_SETTLED_MS = 1000  # after the window is shown: by then it was laid out and painted


def has_screen() -> bool:
    """Whether a window could be seen."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: Sequence[str]) -> int:
    """Show the window, also with a file; save pictures of it or make a film; the exit code."""
    command = arguments[0] if arguments else ""
    if command in ("replay", "film"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # nobody is to watch a film being made
    elif not has_screen():
        if command in ("", "open"):
            say(_NO_SCREEN, aside=True)
            return 2
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        start_log()
        _limit_computing()
        return _run(command, arguments, _application())
    except LabError as error:
        say(f"hellodl: {error}", aside=True)
        return 2
    except KeyboardInterrupt:
        say("hellodl: stopped.", aside=True)
        return 130


def _limit_computing() -> None:
    """The window only reads boxes; the other cores belong to training."""
    from core.kernels.engine import set_engine
    from core.runtime.compute import limit_threads
    from core.runtime.malloc_arenas import limit_arenas

    limit_arenas(arenas=2)
    set_engine("reference")
    limit_threads(1)
    sys.setswitchinterval(0.001)  # threads that read files hold the window up no longer than that


def _application() -> "QApplication":
    """Raises LabError where Qt cannot be loaded."""
    from hellodl_gui.app.qt_messages import QtMessages, unloadable

    try:
        from PySide6.QtCore import qInstallMessageHandler
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise LabError(unloadable(error)) from error
    messages = QtMessages()
    qInstallMessageHandler(messages)
    app = QApplication(["hellodl"])
    messages.standing = True
    app.setApplicationName("HelloDL Lab")
    app.setStyle("Fusion")
    return app


def _run(command: str, arguments: Sequence[str], app: "QApplication") -> int:
    """The exit code of a command, of the window without one."""
    match command:
        case "replay":
            from hellodl_gui.commands.replay import replay

            return replay(arguments)
        case "film":
            from hellodl_gui.commands.film import film

            return film(arguments)
        case "shots":
            from hellodl_gui.commands.shots import take_shots

            return take_shots(arguments)
        case "open":
            from core.cli.main import parser

            file: Path = parser().parse_args(arguments).lab
            if not file.exists():
                raise LabError(f"There is no file {file}. “hellodl --help” lists all commands.")
            return show_window(app, file)
        case _:
            return show_window(app)


def show_window(app: "QApplication", file: Path | None = None) -> int:
    """Run until the window is closed; with a lab, photo or page project open if one is named."""
    from PySide6.QtCore import QTimer

    from core.chapters.registry import chapters
    from hellodl_gui.app.main_window import MainWindow
    from hellodl_gui.app.start_guard import StartGuard
    from hellodl_gui.services.settings import Settings
    from hellodl_gui.theming.icons import icon
    from hellodl_gui.theming.theme_manager import themes

    settings = Settings.open()
    guard = StartGuard(config_dir() / "starting.lock")
    if guard.failed:
        settings.forget_window()
    themes().use(settings.theme)
    app.setWindowIcon(icon("logo", themes().theme.accent))
    window = MainWindow(chapters(), settings)

    sys.excepthook = error_hook(partial(window.state.messages.notify, "error"))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    signal.signal(signal.SIGTERM, lambda *_: window.end())
    app.aboutToQuit.connect(window.runner.close)
    window.appear()
    QTimer.singleShot(0, window.launch)
    QTimer.singleShot(0, window.offer_unsaved)
    if temporary_home_notice():
        QTimer.singleShot(
            0, lambda: window.state.messages.notify("warning", temporary_home_notice())
        )
    QTimer.singleShot(_SETTLED_MS, guard.finish)
    app.aboutToQuit.connect(guard.finish)
    if guard.failed:
        window.state.messages.notify("warning", _FORGOTTEN)
    if file is not None:
        QTimer.singleShot(0, lambda: window.open_file(file))
    return app.exec()


def error_hook(
    say: Callable[[str], object],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """What to do with an error that nobody caught: log it, and say so in a sentence."""

    def on_error(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _LOG.critical("unexpected error", exc_info=(kind, error, trace))
        # Python keeps the last traceback, and with it a painter that would paint on when what it
        # paints on is gone: that ends the application.
        traceback.clear_frames(trace)
        say(
            f"Something unexpected happened ({kind.__name__}: {error}). The lab goes on; details "
            f"are in {log_path()}."
        )

    return on_error
