"""Opens pages and finds characters off the window's thread, with progress and cancel."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from core.errors import LabError
from core.ocr.page import Page, Progress
from core.ocr.settings import PageSettings


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
        work: Callable[[Progress], Page],
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
    """One request at a time: a newer one makes the older one's result worthless.

    Signals: `progressed(float, str)` share and stage; `opened(Page)`; `found(Page)` the same page
    with other characters; `failed(str)` a sentence.
    """

    progressed = Signal(float, str)
    opened = Signal(object)
    found = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request = 0
        self._finding = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._relay = _Relay(self)
        self._relay.progressed.connect(self._on_progress)
        self._relay.done.connect(self._on_done)
        self._relay.failed.connect(self._on_failed)

    def open(self, path: Path, settings: PageSettings) -> None:
        """Open a photo and find its characters."""
        self._begin(False, lambda report: Page.open(path, settings, report))

    def find(self, page: Page, settings: PageSettings) -> None:
        """Find the characters of an open page anew."""
        self._begin(True, lambda report: page.found_again(settings, report))

    def cancel(self) -> None:
        """Forget the work in hand."""
        self._request += 1

    def finish(self) -> None:
        """Cancel and wait; for the end."""
        self.cancel()
        self._pool.waitForDone()

    def _begin(self, finding: bool, work: Callable[[Progress], Page]) -> None:
        self._request += 1
        self._finding = finding
        self._pool.start(_Task(self._request, self._relay, self._is_wanted, work))

    def _is_wanted(self, request: int) -> bool:
        return request == self._request

    @Slot(int, float, str)
    def _on_progress(self, request: int, share: float, what: str) -> None:
        if request == self._request:
            self.progressed.emit(share, what)

    @Slot(int, object)
    def _on_done(self, request: int, page: Page) -> None:
        if request == self._request:
            (self.found if self._finding else self.opened).emit(page)

    @Slot(int, str)
    def _on_failed(self, request: int, sentence: str) -> None:
        if request == self._request:
            self.failed.emit(sentence)
