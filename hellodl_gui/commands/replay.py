"""`hellodl replay FILE --export film.mp4`: a recorded run as a film, without a window."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from core.chapters.registry import chapters
from core.cli.main import parser
from core.errors import LabError
from core.io.safe_output import say
from core.io.temporary_folder import scratch_folder
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.commands.interrupts import Interrupts, let_live, until_written, wait_until
from hellodl_gui.commands.shots import LONGEST, NO_ANSWER, size_of
from hellodl_gui.features.export import (
    ANSWER_WITHIN,
    CAPTION,
    FilmSettings,
    RunFilmRecorder,
    caption_of,
)
from hellodl_gui.features.page import PagePanel
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.messages import Message
from hellodl_gui.state.models import Status
from hellodl_gui.theming.theme_manager import themes

_FIRST_START = 600.0  # compiles all kernels, on a slow computer for minutes
_PATIENCE = 5.0
_NOT_FILMED = "chapters", "knobs"


def replay(arguments: Sequence[str]) -> int:
    """The exit code. Raises LabError for what cannot be filmed."""
    options = parser().parse_args(list(arguments))
    if options.seconds <= 0 or not 1 <= options.fps <= 60:
        raise LabError("A film lasts more than 0 seconds, with 1 to 60 frames per second.")
    cut = FilmSettings(options.seconds, options.fps, even=options.even)
    render_film(
        options.run, options.export, options.view, cut, size_of(options.size), options.theme
    )
    say(options.export, aside=True)
    return 0


def render_film(
    run: Path,
    out: Path,
    view: str | None,
    cut: FilmSettings,
    size: tuple[int, int],
    theme: str,
    progressed: Callable[[float], object] = lambda share: None,
    page: Path | None = None,
    captioned: bool = True,
) -> None:
    """Film a recorded run into an .mp4 or .gif: one view (its short name), or the whole window
    with the panels of its chapter.

    `size` is that of the film in pixels; `progressed` hears the share that is filmed; `page` is the
    photo that is read, the sample page unless there is another; `captioned` films say below which
    mini-batch is shown and how much was right then. Needs a QApplication.
    Raises LabError when the run cannot be opened, there is no such view, or the disk refuses, and
    KeyboardInterrupt on Ctrl+C; no file is left then.
    """
    themes().use(theme)
    with Interrupts() as stop, scratch_folder() as folder:
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        window = MainWindow(chapters(), Settings(store))
        try:
            window.resize(*size)
            window.show()
            _open(window, run, stop)
            room = size[0], size[1] - CAPTION * captioned
            shown = _seen(window, view, room, page, stop)
            caption = partial(caption_of, window.state) if captioned else str
            # One view asks little, and nobody waits for the window: it is shown as it was seen.
            film = RunFilmRecorder(
                window.state, shown, window.scheduler.draw_all, window.runner.poll, out, cut,
                window, ANSWER_WITHIN if shown is window else _PATIENCE, caption,
            )  # fmt: skip
            film.progressed.connect(progressed)
            let_live(10)  # the first layout
            until_written(film.movie, stop, film.start, film.cancel)
            if shown is not window:
                shown.close()
        finally:
            window.close()
            window.deleteLater()


def _open(window: MainWindow, run: Path, stop: Interrupts) -> None:
    """Open the run, and wait until the training process answers questions about it."""
    errors: list[str] = []

    def hear(message: Message) -> None:
        if message.level == "error":
            errors.append(message.text)

    state = window.state
    state.messages.notified.connect(hear)
    window.scheduler.start()
    window.runner.launch()
    state.training.open_run(run)
    ready = Status.IDLE, Status.FINISHED

    def opened() -> bool:
        if errors:
            raise LabError(errors[0])
        return state.timeline.path is not None and state.training.status in ready

    wait_until(opened, _FIRST_START, NO_ANSWER, stop)
    state.messages.notified.disconnect(hear)


def _seen(
    window: MainWindow,
    view: str | None,
    size: tuple[int, int],
    page: Path | None,
    stop: Interrupts,
) -> QWidget:
    """What is filmed, at the size that is wanted."""
    if view is None:
        for key in _NOT_FILMED:
            window.docks.by_key[key].hide()
        window.resize(*size)
        return window
    if view not in window.panels:
        views = ", ".join(sorted(window.panels))
        raise LabError(f"There is no view “{view}”. There are: {views}.")
    if view == PagePanel.key:
        _open_page(window, page, stop)
    shown = window.panels[view]
    shown.setParent(None)  # a window of its own has just the size that is wanted
    shown.resize(*size)
    shown.show()
    return shown


def _open_page(window: MainWindow, page: Path | None, stop: Interrupts) -> None:
    """Open a photo, or the sample page, and wait until its characters are read."""
    window.page.hide_stages()  # they do not learn
    if page is None:
        window.open_sample_page()
    else:
        window.page.open_path(page)
    late = f"{page or 'The sample page'} could not be read in time. Try again."
    wait_until(lambda: bool(window.page.document.readings), LONGEST, late, stop)
