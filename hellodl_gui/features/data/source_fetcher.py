"""Background loader of datasets, with progress and cancel; summarizes what it loads."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from core.data.dataset import Dataset
from core.data.sources.source import DataSource
from core.data.specs import ImageSpec
from core.errors import LabError
from core.inspect.data.class_balance import DataSummary, summarize
from core.io.progress import Cancelled
from hellodl_gui.services.background_task import BackgroundTask


@dataclass(frozen=True)
class LoadedData:
    """Sets, and of pictures with classes what there is to say about them as a whole."""

    sets: tuple[Dataset, ...]
    survey: DataSummary | None


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
        self._task: BackgroundTask[LoadedData] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being loaded."""
        return self._task is not None and not self._task.done and not self._task.dropped

    def load(self, what: DataSource | tuple[Dataset, ...]) -> None:
        """Get the pictures of a source, or look over sets that are here already."""
        self.abandon()
        self._task = BackgroundTask(
            lambda task: _load(what, task),
            self.loaded.emit,
            self._on_error,
            self._on_progress,
            owner=self,
            after=self._task,
        )

    def cancel(self) -> None:
        """Stop; what has come of a download stays for the next time."""
        if self._task is not None:
            self._task.cancel()

    def abandon(self) -> None:
        """Stop, and say nothing more about it."""
        if self._task is not None:
            self._task.drop()

    def finish(self) -> None:
        """Abandon the load and wait for its thread; called on exit."""
        self.abandon()
        if self._task is not None:
            self._task.wait()

    def _on_progress(self, done: int, total: int, what: str) -> None:
        if self._task is not None and not self._task.cancelled.is_set():
            self.progressed.emit(done, total, what)

    def _on_error(self, error: Exception) -> None:
        match error:
            case Cancelled():
                self.cancelled.emit()
            case LabError():
                self.failed.emit(str(error))
            case MemoryError():
                self.failed.emit("There is not enough memory for this many pictures. Choose fewer.")
            case _:
                self.failed.emit(f"It could not be loaded ({type(error).__name__}: {error}).")


def _load(what: DataSource | tuple[Dataset, ...], task: BackgroundTask[LoadedData]) -> LoadedData:
    sets = what if isinstance(what, tuple) else what.load(task.report, task.cancelled)
    task.report(0, 0, "Checking")
    surveyed = isinstance(sets[0].spec, ImageSpec) and sets[0].classes
    return LoadedData(sets, summarize(sets, task.cancelled) if surveyed else None)
