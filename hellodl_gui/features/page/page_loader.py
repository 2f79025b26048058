"""Background loader and writer of pages, with progress and cancel."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from core.errors import LabError, PageError
from core.io.atomic_write import write_atomic
from core.ocr.page import Page, Progress
from core.ocr.settings import PageSettings
from hellodl_gui.features.page.page_project import unpack_project


class _Cancelled(Exception):
    """Nobody wants the result any more."""


class _Relay(QObject):
    """Carries a task's news into the window's thread."""

    progressed = Signal(int, float, str)
    done = Signal(int, object)
    failed = Signal(int, str)


class _Task(QRunnable):
    def __init__(
        self,
        request: int,
        relay: _Relay,
        wanted: Callable[[int], bool],
        work: Callable[[Progress], object],
    ) -> None:
        super().__init__()
        self._request = request
        self._relay = relay
        self._wanted = wanted
        self._work = work

    def run(self) -> None:
        try:
            self._relay.done.emit(self._request, self._work(self._report))
        except _Cancelled:
            return
        except LabError as error:
            self._relay.failed.emit(self._request, str(error))
        except Exception as error:
            self._relay.failed.emit(
                self._request, f"The page could not be read ({type(error).__name__}: {error})."
            )

    def _report(self, done: int, total: int, what: str) -> None:
        if not self._wanted(self._request):
            raise _Cancelled
        self._relay.progressed.emit(self._request, done / total, what)


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
        self._request = 0
        self._looking = 0
        self._then: dict[int, Callable[[object], None]] = {}
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._relay = _Relay(self)
        self._relay.progressed.connect(self._on_progress)
        self._relay.done.connect(self._on_done)
        self._relay.failed.connect(self._on_failed)

    def open(self, path: Path, settings: PageSettings) -> None:
        """Open a photo and find its characters."""
        self._look(lambda report: Page.open(path, settings, report), self.opened.emit)

    def open_project(self, path: Path) -> None:
        """Open a page as it was saved."""
        self._look(lambda report: unpack_project(path, report), self.reopened.emit)

    def find(self, page: Page, settings: PageSettings) -> None:
        """Find the characters of an open page anew."""
        self._look(lambda report: page.found_again(settings, report), self.found.emit)

    def save(self, path: Path, make: Callable[[], bytes]) -> None:
        """Write what `make` returns to a file: all of it or nothing."""
        self._write(path, make, self.saved.emit)

    def keep(self, path: Path, make: Callable[[], bytes]) -> None:
        """The same for a project."""
        self._write(path, make, self.kept.emit)

    def _write(self, path: Path, make: Callable[[], bytes], then: Callable[[object], None]) -> None:
        def write(report: Progress) -> Path:
            data = make()
            try:
                write_atomic(path, data)
            except OSError as error:
                raise PageError(
                    f"{path} could not be written: {error.strerror}. Choose another folder."
                ) from error
            return path

        self._start(write, then)

    def cancel(self) -> None:
        """Forget the page being looked at."""
        self._then.pop(self._looking, None)

    def finish(self) -> None:
        """Cancel loading, and wait for what is being written; called on exit."""
        self.cancel()
        self._pool.waitForDone()

    def _look(self, work: Callable[[Progress], object], then: Callable[[object], None]) -> None:
        self.cancel()
        self._looking = self._start(work, then)

    def _start(self, work: Callable[[Progress], object], then: Callable[[object], None]) -> int:
        self._request += 1
        self._then[self._request] = then
        self._pool.start(_Task(self._request, self._relay, self._is_wanted, work))
        return self._request

    def _is_wanted(self, request: int) -> bool:
        return request in self._then

    @Slot(int, float, str)
    def _on_progress(self, request: int, share: float, what: str) -> None:
        if self._is_wanted(request):
            self.progressed.emit(share, what)

    @Slot(int, object)
    def _on_done(self, request: int, result: object) -> None:
        if self._is_wanted(request):
            self._then.pop(request)(result)

    @Slot(int, str)
    def _on_failed(self, request: int, sentence: str) -> None:
        if self._then.pop(request, None) is not None:
            self.failed.emit(sentence)
