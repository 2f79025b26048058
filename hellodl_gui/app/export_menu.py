"""Export menu: images, data and films of panels and the window."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QMainWindow, QMenu, QProgressDialog, QWidget

from core.errors import LabError
from core.translation import tr
from hellodl_gui.app.dock import Dock
from hellodl_gui.app.docks import Docks
from hellodl_gui.features.export import (
    ANSWER_WITHIN,
    FilmDialog,
    FilmRequest,
    MovieWriter,
    RunFilmRecorder,
    ScreenRecorder,
    SharedView,
    SnapshotDialog,
    SnapshotSettings,
    caption_of,
    render_image,
    render_svg,
)
from hellodl_gui.features.page import PageLoader
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.dialogs.file_dialog import ask_where
from hellodl_gui.ui.panel import Panel
from hellodl_gui.ui.svg_device import png_bytes

_SHARES = 1000
_TOPIC = "share"
_REST = 0.003
_OF_A_VIEW = ("share_picture", "share_copy", "share_numbers", "record_view", "film_run")


class PanelExports(QObject):
    """Shares a view, which is the dock with the focus unless one is named, or the whole window.

    Attributes: `recorder`, which films what happens.
    """

    def __init__(
        self,
        window: QMainWindow,
        state: LabState,
        docks: Docks,
        panels: Mapping[str, Panel],
        actions: Mapping[str, QAction],
        draw: Callable[[], object],
        poll: Callable[[], object],
        hush: Callable[[], object],
    ) -> None:
        """`draw` draws at once what is out of date and can be seen, `poll` takes in what the
        training process says, `hush` takes away messages.
        """
        super().__init__(window)
        self._window, self._state, self._docks, self._panels = window, state, docks, panels
        self._actions, self._draw, self._poll, self._hush = actions, draw, poll, hush
        self._still = SnapshotSettings()
        self._film = FilmRequest(window=True)
        self._dock: Dock | None = None  # whose menu is open
        self._recorded: Dock | None = None
        self._running: RunFilmRecorder | None = None
        self._movies: list[MovieWriter] = []
        self._title = window.windowTitle()
        self._writer = PageLoader(self)
        self._writer.saved.connect(self._on_saved)
        self._writer.failed.connect(self._on_failed)
        self.recorder = ScreenRecorder(self)
        self.recorder.movie_made.connect(self._watch)
        self.recorder.changed.connect(self._on_recording)
        for dock in docks.by_key.values():
            dock.share_wanted.connect(self.open_menu)
            dock.menu_wanted.connect(partial(self.open_menu, whole=True))
            dock.stop_wanted.connect(self.recorder.stop)

    def close_down(self) -> None:
        """End what is being filmed or written; for the end."""
        self.recorder.stop()
        if self._running is not None:
            self._running.cancel()
        for movie in self._movies:
            movie.wait()
        self._writer.finish()

    # -- what is meant ------------------------------------------------------------------------

    @Slot(object, QPoint)
    def open_menu(self, dock: Dock, place: QPoint, whole: bool = False) -> None:
        """The ways to share one dock; the `whole` menu begins with what else can be done."""
        self._dock = dock
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        if whole:
            menu.addActions(dock.actions_of_panel())
            menu.addSeparator()
        for key in _OF_A_VIEW:
            menu.addAction(self._actions[key])
        menu.addSeparator()
        menu.addAction(self._actions["copy_python"])
        self._actions["share_numbers"].setEnabled(self._numbers_of(dock) is not None)
        menu.aboutToHide.connect(lambda: self._actions["share_numbers"].setEnabled(True))
        menu.popup(place)

    def _chosen(self) -> Dock | None:
        """The dock whose menu was used, else the one that was clicked or has the keyboard."""
        dock, self._dock = self._dock, None
        return self._docks.current if dock is None else dock

    def view(self, dock: Dock | None) -> SharedView:
        """What is to be known of a dock, or of the window where there is none."""
        step = self._state.timeline.moment
        caption = tr("{chapter} · mini-batch {step}").format(
            chapter=self._state.training.chapter.title,
            step=f"{self._state.timeline.step if step is None else step:,}",
        )
        if dock is None:
            return SharedView(self._window, "window", self._title, caption, self._redraw)
        title = dock.windowTitle().replace("&&", "&")
        return SharedView(dock.panel, dock.key, title, caption, self._redraw)

    def _redraw(self) -> None:
        """Everything anew: the colours may be others. What was just asked is waited for."""
        for panel in self._panels.values():
            panel.mark_dirty()
        self._draw()
        end = time.perf_counter() + ANSWER_WITHIN
        while self._state.probes.pending and time.perf_counter() < end:
            time.sleep(_REST)
            self._poll()
        self._draw()

    def _ask(self, view: SharedView, title: str, kind: str, ending: str) -> Path | None:
        name = f"{self._state.training.chapter.key}-{view.key}{ending}"
        return ask_where(self._window, title, Path(name), kind, ending)

    # -- pictures and numbers -----------------------------------------------------------------

    def _save_picture(self, view: SharedView) -> None:
        """Ask what a picture of the view is to look like, and keep it."""
        size = view.widget.width(), view.widget.height()

        def preview(choice: SnapshotSettings) -> QImage:
            return render_image(view, 1, choice.ground, choice.titled, choice.controls)

        whole = view.widget is self._window
        dialog = SnapshotDialog(
            view.title, size, replace(self._still, controls=whole), preview, self._window
        )
        accepted, choice, copies = dialog.exec(), dialog.choice, dialog.copies
        dialog.deleteLater()
        if not accepted:
            return
        self._still = choice
        if copies:
            self._copy(view, choice)
            return
        path = self._ask(view, tr("Save the picture"), tr("Pictures"), choice.ending)
        if path is not None:
            self.write_picture(view, path, choice)

    def write_picture(self, view: SharedView, path: Path, choice: SnapshotSettings) -> None:
        """A view into a file."""
        if choice.ending == ".svg":
            text = render_svg(view, choice.ground, choice.titled, choice.controls)
            self._writer.save(path, text.encode)
        else:
            image = render_image(view, choice.scale, choice.ground, choice.titled, choice.controls)
            self._writer.save(path, lambda: png_bytes(image))

    def _copy(self, view: SharedView, choice: SnapshotSettings) -> None:
        image = render_image(view, choice.scale, choice.ground, choice.titled, choice.controls)
        QGuiApplication.clipboard().setImage(image)
        self._state.messages.notify(
            "info", tr("{what}: copied as a picture.").format(what=view.title)
        )

    def _numbers_of(self, dock: Dock | None) -> str | None:
        panel = self._panels.get(dock.key) if dock is not None else None
        numbers = panel.numbers() if panel is not None and not panel.refusal else None
        return numbers.text() if numbers is not None else None

    def save_numbers(self) -> None:
        """The view's numbers as a table."""
        dock = self._chosen()
        text = self._numbers_of(dock)
        if dock is None or text is None:
            self._state.messages.notify("info", tr("This view has no table of numbers."))
            return
        path = self._ask(self.view(dock), tr("Save the numbers"), tr("Tables"), ".csv")
        if path is not None:
            self._writer.save(path, text.encode)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._state.messages.notify("info", tr("Saved to {path}.").format(path=path), _TOPIC)

    # -- films --------------------------------------------------------------------------------

    def _record(self, dock: Dock | None) -> None:
        """Record a view, or the whole window, until told again."""
        if self.recorder.recording:
            self.recorder.stop()
            return
        view = self.view(dock)
        path = self._ask(view, tr("Record to"), tr("Films"), ".mp4")
        if path is not None:
            self.record_to(path, dock)

    def record_to(self, path: Path, dock: Dock | None) -> None:
        """Begin to record a dock, or the window."""
        self._recorded = dock
        try:
            self.recorder.start(self.view(dock).widget, path)
        except LabError as error:
            self._state.messages.notify("error", str(error))

    @Slot(bool)
    def _on_recording(self, on: bool) -> None:
        """A red dot in the dock's title bar, or in the window's."""
        if self._recorded is not None:
            self._recorded.set_recorded(on)
        sign, stop = tr("● Recording · {title}").format(title=self._title), tr("Stop recording")
        self._window.setWindowTitle(sign if on else self._title)
        self._actions["record_window"].setText(stop if on else tr("Record the window…"))
        self._actions["record_view"].setText(stop if on else tr("Record this view…"))

    def film_run(self) -> None:
        """Ask for the settings of a film of the open run, and export it."""
        dock = self._chosen()
        moments = len(self._state.timeline.moments)
        if not moments:
            self._state.messages.notify(
                "info", tr("Nothing of this run is recorded yet. Train it first.")
            )
            return
        title = self.view(dock).title if dock is not None else ""
        dialog = FilmDialog(title, moments, replace(self._film, window=dock is None), self._window)
        accepted, choice = dialog.exec(), dialog.choice
        dialog.deleteLater()
        if not accepted:
            return
        self._film = choice
        dock = None if choice.window else dock
        path = self._ask(self.view(dock), tr("Film of this run"), tr("Films"), choice.ending)
        if path is not None:
            self.film_to(path, choice, dock)

    def film_to(
        self, path: Path, choice: FilmRequest, dock: Dock | None = None
    ) -> RunFilmRecorder | None:
        """Film the run's moments; None, and a sentence, where that cannot be."""
        widget: QWidget = self.view(dock).widget
        try:
            film = RunFilmRecorder(
                self._state, widget, self._draw, self._poll, path, choice.cut, self,
                caption=partial(caption_of, self._state),
            )  # fmt: skip
        except LabError as error:
            self._state.messages.notify("error", str(error))
            return None
        self._hush()
        self._watch(film.movie)
        self._running = film
        box = QProgressDialog(tr("Filming this run"), tr("Cancel"), 0, _SHARES, self._window)
        box.setWindowModality(Qt.WindowModality.WindowModal)
        box.setMinimumDuration(0)
        box.setAutoClose(False)
        box.setAutoReset(False)
        box.canceled.connect(film.cancel)
        for progressed in (film.progressed, film.movie.progressed):
            progressed.connect(lambda share: box.setValue(round(share * _SHARES)))
        film.ended.connect(lambda: box.setLabelText(tr("Writing the film")))
        for signal in (film.movie.saved, film.movie.failed, film.movie.cancelled):
            signal.connect(box.deleteLater)
        film.ended.connect(self._on_filmed)
        film.start()
        return film

    def _on_filmed(self) -> None:
        self._running = None

    @Slot(object)
    def _watch(self, movie: MovieWriter) -> None:
        """Say how a film fared."""
        self._movies = [other for other in self._movies if not other.over]
        self._movies.append(movie)
        movie.saved.connect(self._on_saved)
        movie.failed.connect(self._on_failed)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._state.messages.notify("error", sentence, _TOPIC)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each action of the menu “Share” does."""
        return {
            "share_picture": lambda: self._save_picture(self.view(self._chosen())),
            "share_window": lambda: self._save_picture(self.view(None)),
            "share_copy": lambda: self._copy(self.view(self._chosen()), self._still),
            "share_numbers": self.save_numbers,
            "record_view": lambda: self._record(self._chosen()),
            "record_window": lambda: self._record(None),
            "film_run": self.film_run,
        }
