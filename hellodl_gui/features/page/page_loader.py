"""Background loader and writer of pages, with progress and cancel."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance

from core.errors import LabError, PageError
from core.io.atomic_write import write_atomic
from core.io.progress import Progress
from core.ocr.page import Page
from core.ocr.settings import PageSettings
from core.translation import tr
from hellodl_gui.features.page.page_project import unpack_project
from hellodl_gui.services.background_task import BackgroundTask


class PageLoader(QObject):
    """Looks at one page at a time: a newer request makes the older one's result worthless.

    Signals: `progressed(float, str)` share and stage; `opened(Page)`; `found(Page)` the same page
    with other characters; `reopened(Project)`; `saved(Path)` an export, `kept(Path)` a project;
    `failed(str)` a sentence.
    """

    progressed = Signal(float, str)
    opened = Signal(object)
    found = Signal(object)
    reopened = Signal(object)
    saved = Signal(object)
    kept = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looking: BackgroundTask[Any] | None = None
        self._last: BackgroundTask[Any] | None = None

    def open(self, path: Path, settings: PageSettings) -> None:
        """Open a photo and find its characters."""
        self._look(lambda report: Page.open(path, settings, report), self.opened)

    def open_project(self, path: Path) -> None:
        """Open a page as it was saved."""
        self._look(lambda report: unpack_project(path, report), self.reopened)

    def find(self, page: Page, settings: PageSettings) -> None:
        """Find the characters of an open page anew."""
        self._look(lambda report: page.found_again(settings, report), self.found)

    def save(self, path: Path, make: Callable[[], bytes]) -> None:
        """Write what `make` returns to a file: all of it or nothing."""
        self._start(lambda _: write_file(path, make()), self.saved)

    def keep(self, path: Path, make: Callable[[], bytes]) -> None:
        """The same for a project."""
        self._start(lambda _: write_file(path, make()), self.kept)

    def cancel(self) -> None:
        """Forget the page being looked at."""
        if self._looking is not None:
            self._looking.drop()

    def finish(self) -> None:
        """Cancel loading, and wait for what is being written; called on exit."""
        self.cancel()
        if self._last is not None:
            self._last.wait()

    def _look(self, work: Callable[[Progress], Any], told: SignalInstance) -> None:
        self.cancel()
        self._looking = self._start(work, told)

    def _start(self, work: Callable[[Progress], Any], told: SignalInstance) -> BackgroundTask[Any]:
        """One after the other."""
        self._last = BackgroundTask(
            lambda task: work(task.report),
            told.emit,
            self._on_error,
            lambda done, total, what: self.progressed.emit(done / total, what),
            owner=self,
            after=self._last,
        )
        return self._last

    def _on_error(self, error: Exception) -> None:
        unknown = tr("The page could not be read ({kind}: {error}).")
        unknown = unknown.format(kind=type(error).__name__, error=error)
        self.failed.emit(str(error) if isinstance(error, LabError) else unknown)


def write_file(path: Path, data: bytes) -> Path:
    """Write all of a file or nothing. Raises PageError."""
    try:
        write_atomic(path, data)
    except OSError as error:
        words = tr("{path} could not be written: {why}. Choose another folder.")
        raise PageError(words.format(path=path, why=error.strerror)) from error
    return path
