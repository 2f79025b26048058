"""t-SNE in a process of its own, with progress."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from core.inspect.features.tsne import TsneProgress, TsneRequest, run_tsne
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.translation import tr
from hellodl_gui.services.background_task import BackgroundTask

_POLL_MS = 50


class TsneRunner(QObject):
    """Attributes: `running`; `progress`, rounds done and rounds in all.

    Signals: `moved(TsneProgress)` the map so far; `failed(str)` a sentence; `ended()` in any case.
    """

    moved = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.progress = (0, 0)
        self._worker: ProcessWorker | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def running(self) -> bool:
        """Whether t-SNE is running."""
        return self._worker is not None

    def begin(self, components: NDArray[np.float32], start: NDArray[np.float32]) -> None:
        """Run t-SNE on samples (n, F) from places (n, 2); a run under way is cancelled."""
        self.cancel()
        worker = self._worker = ProcessWorker(run_tsne)
        self.progress = (0, 0)
        # A pipe takes little at a time, and the process needs a second until it reads.
        BackgroundTask(lambda _: worker.send(TsneRequest(components, start)))
        self._timer.start()

    def cancel(self) -> None:
        """Stop at once; the places so far stay."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.close()
            self._worker = None
            self.ended.emit()

    def poll(self) -> None:
        """Take in progress and results."""
        if self._worker is None:
            return
        for said in self._worker.receive(4):
            if isinstance(said, ProcessExited):
                self.cancel()
                self.failed.emit(tr("t-SNE failed. ") + said.sentence)
                return
            assert isinstance(said, TsneProgress)
            self.progress = (said.done, said.total)
            self.moved.emit(said)
            if said.done == said.total:
                self.cancel()
                return
