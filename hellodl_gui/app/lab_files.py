"""Lab files: saves and opens labs, and copies the open run as a Python script."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from core.errors import LabError
from core.formatting import format_fixed
from core.io.atomic_write import write_atomic
from core.share.export_lab import export_lab
from core.share.import_lab import open_lab
from core.share.lab import Lab
from core.share.lab_file import ENDING, pack
from core.share.script import Script, export_script
from core.share.weights_hash import weights_sha256
from core.translation import tr
from hellodl_gui.app import dock_layout_json
from hellodl_gui.app.docks import Docks
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.dialogs.file_dialog import ask_open, ask_where

_TOPIC = "lab"
_LAST_WAIT = 20.0
_DIGITS = 12  # of a hash, in a sentence


class LabFiles(QObject):
    """Saves and opens labs.

    Files are packed, unpacked and read on threads of their own.
    """

    def __init__(self, window: QMainWindow, state: LabState, docks: Docks) -> None:
        super().__init__(window)
        self._window, self._state, self._docks = window, state, docks
        self._tasks: list[BackgroundTask[Any]] = []
        self._awaited: tuple[Path, Lab, str] | None = None
        state.timeline.record_opened.connect(self._on_followed)

    def close_down(self) -> None:
        """Wait for what is being written; for the end."""
        for task in self._tasks:
            task.wait(_LAST_WAIT)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What each of its actions does."""
        return {
            "open_lab": self.open,
            "save_lab": self.save,
            "copy_python": self.copy_python,
        }

    # -- to a file ----------------------------------------------------------------------------

    def save(self) -> None:
        """Ask where to save the lab, and save it."""
        if not self._is_recorded():
            return
        start = Path(f"{self._state.training.chapter.key}{ENDING}")
        path = ask_where(self._window, tr("Save the lab"), start, tr("Labs"), ENDING)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save the open run, the moment shown and the panels; notifies of the result."""
        film, state = self._state.timeline, self._state
        if film.path is None:
            return
        layout = dock_layout_json.describe(self._window, self._docks)
        take = partial(export_lab, film.path, moment=film.moment, window=layout)
        if state.training.answers:
            reached = state.timeline.step

            def otherwise(_: bool) -> None:
                self._write(path, partial(take, until=reached))  # as far as it is recorded

            state.probes.keep(lambda step: self._write(path, partial(take, until=step)), otherwise)
        else:
            self._write(path, partial(take, until=state.timeline.step))

    def _write(self, path: Path, take: Callable[[], Lab]) -> None:
        def write() -> tuple[int, Lab]:
            data, kept = pack(take())
            try:
                write_atomic(path, data)
            except OSError as error:
                raise LabError(
                    f"{path} could not be written: {error.strerror}. Choose another folder."
                ) from error
            return len(data), kept

        self._begin(write, lambda wrote: self._on_saved(path, *wrote))

    def _on_saved(self, path: Path, size: int, lab: Lab) -> None:
        sentences = [
            tr("Lab saved to {path}: {size} kB, up to mini-batch {step}, weights {hash}….").format(
                path=path, size=format_fixed(size / 1000, 0), step=f"{lab.step:,}",
                hash=weights_sha256(lab.theta)[:_DIGITS],
            )
        ]  # fmt: skip
        if not lab.whole:
            sentences.append(_emptied())
        if lab.thinned:
            sentences.append(
                tr("The file keeps {count} points of the curve.").format(
                    count=f"{len(lab.curves['step']):,}"
                )
            )
        self._state.messages.notify("info", " ".join(sentences), _TOPIC)

    # -- from a file --------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for a lab file and open it."""
        path = ask_open(self._window, tr("Open a lab"), ENDING, f"{tr('Labs')} (*{ENDING})")
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a lab as it was saved: chapter, knobs, curve, moment and panels."""
        said: list[str] = []

        def opened(found: tuple[Lab, Path]) -> None:
            for sentence in said:
                self._state.messages.notify("info", sentence)
            self._on_opened(path.name, *found)

        self._begin(lambda: open_lab(path, say=said.append), opened)

    def _on_opened(self, name: str, lab: Lab, record: Path) -> None:
        self._awaited = record, lab, name
        self._state.training.open_run(record)

    def _on_followed(self, path: Path, until: int | None) -> None:
        """A run is open; if it is the lab's, restore its panels and its moment."""
        if self._awaited is None or self._awaited[0] != path:
            return
        (_, lab, name), self._awaited = self._awaited, None
        dock_layout_json.restore(self._window, self._docks, lab.window)
        if lab.moment is not None:
            self._state.timeline.seek(lab.moment)
        sentences = [
            tr("{name} opened as saved at mini-batch {step}; press Play to continue.").format(
                name=name, step=f"{lab.step:,}"
            )
        ]
        if not lab.whole:
            sentences.append(_emptied())
        self._state.messages.notify("info", " ".join(sentences), _TOPIC)

    # -- as a script --------------------------------------------------------------------------

    def copy_python(self) -> None:
        """The run up to the moment shown, as a script, to the clipboard."""
        film = self._state.timeline
        if not self._is_recorded() or film.path is None:
            return
        until = self._state.timeline.step if film.moment is None else film.moment
        self._begin(partial(export_script, film.path, until), self._on_script)

    def _on_script(self, script: Script) -> None:
        QGuiApplication.clipboard().setText(script.text)
        said = tr(
            "Copied: a Python script that repeats this run up to mini-batch {step}, bit "
            "for bit, and prints the hash of its weights."
        ).format(step=f"{script.step:,}")
        if script.required_records:
            said += " " + tr(
                "It needs {names} in the folder of runs: it depends on loaded weights or "
                "lessons that a script can't repeat."
            ).format(names=", ".join(script.required_records))
        self._state.messages.notify("info", said)

    # -- off the window's thread --------------------------------------------------------------

    def _is_recorded(self) -> bool:
        if self._state.timeline.path is None:
            self._state.messages.notify("info", tr("This run has no record yet. Train it first."))
        return self._state.timeline.path is not None

    def _begin(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        self._tasks = [task for task in self._tasks if not task.done]
        self._tasks.append(BackgroundTask(lambda _: work(), then, self._on_error, owner=self))

    def _on_error(self, error: Exception) -> None:
        if not isinstance(error, LabError | OSError):
            raise error
        self._state.messages.notify("error", str(error), _TOPIC)


def _emptied() -> str:
    return tr("The optimiser state was too big to save; training resumes without it.")
