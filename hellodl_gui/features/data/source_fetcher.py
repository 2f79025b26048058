"""Background loader of datasets, with progress and cancel; summarizes what it loads."""

from dataclasses import dataclass
from threading import Event

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from core.data.dataset import Dataset
from core.data.sources.source import DataSource
from core.errors import LabError
from core.inspect.data.class_balance import DataSummary, summarize
from core.io.progress import Cancelled


@dataclass(frozen=True)
class LoadedData:
    """Pictures, and what there is to say about them as a whole."""

    sets: tuple[Dataset, ...]
    survey: DataSummary


class _Relay(QObject):
    """Carries a task's news into the window's thread."""

    progressed = Signal(int, object, object, str)
    done = Signal(int, object)
    failed = Signal(int, str)
    cancelled = Signal(int)


class _Task(QRunnable):
    def __init__(
        self, request: int, relay: _Relay, what: DataSource | tuple[Dataset, ...], cancel: Event
    ) -> None:
        super().__init__()
        self._request = request
        self._relay = relay
        self._what = what
        self._cancel = cancel
        self._told = (-1, "")

    def run(self) -> None:
        try:
            what = self._what
            sets = what if isinstance(what, tuple) else what.load(self._report, self._cancel)
            self._report(0, 0, "Checking")
            self._relay.done.emit(self._request, LoadedData(sets, summarize(sets, self._cancel)))
        except Cancelled:
            self._relay.cancelled.emit(self._request)
        except LabError as error:
            self._relay.failed.emit(self._request, str(error))
        except MemoryError:
            self._relay.failed.emit(
                self._request, "There is not enough memory for this many pictures. Choose fewer."
            )
        except Exception as error:
            self._relay.failed.emit(
                self._request, f"It could not be loaded ({type(error).__name__}: {error})."
            )

    def _report(self, done: int, total: int, what: str) -> None:
        """At most a hundred times for each kind of work: the window has other things to do."""
        told = (100 * done // total if total else 0, what)
        if told != self._told:
            self._told = told
            self._relay.progressed.emit(self._request, done, total, what)


class DataLoader(QObject):
    """Loads one source at a time: a newer request calls off the older one.

    Signals: `progressed(int, int, str)` as a Progress; `loaded(Loaded)`; `failed(str)` a sentence;
    `cancelled()`.
    """

    progressed = Signal(object, object, str)
    loaded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request = 0
        self._cancel = Event()
        self._busy = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._relay = _Relay(self)
        self._relay.progressed.connect(self._on_progress)
        self._relay.done.connect(self._on_done)
        self._relay.failed.connect(self._on_failed)
        self._relay.cancelled.connect(self._on_cancelled)

    @property
    def busy(self) -> bool:
        """Whether something is being loaded."""
        return self._busy

    def load(self, what: DataSource | tuple[Dataset, ...]) -> None:
        """Get the pictures of a source, or look over sets that are here already."""
        self._cancel.set()
        self._cancel = Event()
        self._request += 1
        self._busy = True
        self._pool.start(_Task(self._request, self._relay, what, self._cancel))

    def cancel(self) -> None:
        """Stop; what has come of a download stays for the next time."""
        self._cancel.set()

    def abandon(self) -> None:
        """Stop, and say nothing more about it."""
        self._request += 1
        self._busy = False
        self._cancel.set()

    def finish(self) -> None:
        """Abandon the load and wait for its thread; called on exit."""
        self.abandon()
        self._pool.waitForDone()

    @Slot(int, object, object, str)
    def _on_progress(self, request: int, done: int, total: int, what: str) -> None:
        if request == self._request and not self._cancel.is_set():
            self.progressed.emit(done, total, what)

    @Slot(int, object)
    def _on_done(self, request: int, result: LoadedData) -> None:
        if self._ended(request):
            self.loaded.emit(result)

    @Slot(int, str)
    def _on_failed(self, request: int, sentence: str) -> None:
        if self._ended(request):
            self.failed.emit(sentence)

    @Slot(int)
    def _on_cancelled(self, request: int) -> None:
        if self._ended(request):
            self.cancelled.emit()

    def _ended(self, request: int) -> bool:
        """Whether this is the news that the window waits for."""
        if request != self._request:
            return False
        self._busy = False
        return True
