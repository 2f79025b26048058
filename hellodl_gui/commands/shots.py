"""`hellodl shots FOLDER`: screenshots of all panels of all chapters after a short training."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from core.chapters.chapter import Chapter
from core.chapters.registry import chapters
from core.cli.main import parser
from core.errors import LabError
from core.io.safe_output import say
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.commands.interrupts import let_live, wait_until
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes

LONGEST = 90.0  # seconds
NO_ANSWER = "The training process did not answer. Try again."
_MOMENT = 2.5


def take_shots(arguments: Sequence[str]) -> int:
    """The exit code. Raises LabError for a folder or size that cannot be."""
    options = parser().parse_args(list(arguments))
    width, height = size_of(options.size)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"{options.folder} cannot be made: {error.strerror}.") from error
    themes().use(options.theme)
    settings = Settings(
        QSettings(str(options.folder / ".settings.ini"), QSettings.Format.IniFormat)
    )
    window = MainWindow(chapters(), settings)
    try:
        window.resize(width, height)
        window.show()
        window.launch()
        for chapter in chapters():
            window.open_chapter(chapter)
            _wait(partial(_is_ready, window, chapter))
            window.open_sample_page()
            window.state.training.play()
            _train_a_moment(window)
            window.state.training.pause()
            _wait(lambda: window.state.training.status in (Status.IDLE, Status.FINISHED))
            window.page.controller.read_all()
            window.page.editor.step_selection(1)
            for view in chapter.views:
                window.docks.show(view)
                window.docks.maximise(window.docks.by_key[view])
                let_live(300)
                _save(window.panels[view], options.folder / f"{chapter.key}-{view}.png")
                window.docks.maximise(window.docks.by_key[view])
            window.docks.show(chapter.views[3] if len(chapter.views) > 3 else chapter.views[-1])
            let_live(200)
            _save(window, options.folder / f"{chapter.key}.png")
    finally:
        window.close()
        (options.folder / ".settings.ini").unlink(missing_ok=True)
    return 0


def _is_ready(window: MainWindow, chapter: Chapter) -> bool:
    training = window.state.training
    return training.chapter is chapter and training.status is Status.IDLE


def size_of(text: str, least: tuple[int, int] = (640, 480)) -> tuple[int, int]:
    """Width and height in pixels of “1280x800”, no less than `least`, by default what a window can
    have. Raises LabError.
    """
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise LabError(f"“{text}” is no size; write for example 1280x800.") from None
    if not (least[0] <= width <= 7680 and least[1] <= height <= 4320):
        raise LabError(f"{text}: a size is from {least[0]}x{least[1]} to 7680x4320 here.")
    return width, height


def _train_a_moment(window: MainWindow) -> None:
    """A few seconds and at least one look at the test set, or to the chapter's goal."""
    end = time.perf_counter() + _MOMENT

    def enough() -> bool:
        seen = window.state.timeline.evaluation
        if window.state.training.status is Status.FINISHED:
            return True
        return seen is not None and seen.step > 0 and time.perf_counter() > end

    _wait(enough)


def _wait(condition: Callable[[], bool]) -> None:
    wait_until(condition, LONGEST, NO_ANSWER)


def _save(widget: QWidget, path: Path) -> None:
    if not widget.grab().save(str(path)):
        raise LabError(f"{path} could not be written. Is the disk full?")
    say(path, aside=True)
