"""Base of Race and Study: a group of processes that train runs, polled without blocking."""

import os
from abc import ABC, abstractmethod
from typing import Any

from core.errors import LabError
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.search.messages import Finished, RunEnded, SearchEvent
from core.search.run_status import RunStatus
from core.translation import tr

_AT_ONCE = 100  # messages taken from a process at one look, so that no look takes long
_MOST = 64


def default_workers() -> int:
    """As many processes as there are cores that this one may use."""
    cores = getattr(os, "sched_getaffinity", None)
    return min(_MOST, len(cores(0)) if cores else os.cpu_count() or 1)


def checked_workers(count: int | None) -> int:
    """`count` processes, or as many as there are cores. Raises LabError."""
    if count is None:
        return default_workers()
    if not 1 <= count <= _MOST:
        raise LabError(
            tr("{count} processes cannot be started. Choose a number from 1 to {most}.").format(
                count=count, most=_MOST
            )
        )
    return count


class WorkerGroup(ABC):
    """Worker processes, each with its current run; `poll` until the last one has exited."""

    def __init__(self) -> None:
        self._workers: dict[ProcessWorker, RunStatus | None] = {}
        self._started = self._cancelled = self._finished = False

    @property
    def running(self) -> bool:
        """Whether there is more to poll for."""
        return self._started and not self._finished

    def start(self) -> None:
        """Start the processes; only the first call acts."""
        if not self._started:
            self._started = True
            self._begin()

    def poll(self) -> list[SearchEvent]:
        """What happened since the last time, without waiting; the last one ever is Finished."""
        if not self.running:
            return []
        events: list[SearchEvent] = []
        for worker in list(self._workers):
            for message in worker.receive(_AT_ONCE):
                if isinstance(message, ProcessExited):
                    events += self._on_worker_exit(self._workers.pop(worker), worker, message)
                else:
                    events += self._handle(worker, message)
        if not self._workers:
            self._finished = True
            events.append(Finished(self._closing_message()))
        return events

    def cancel(self) -> None:
        """Stop all runs within a second; go on polling until Finished. Their records are valid."""
        self._cancelled = True
        for worker in self._workers:
            worker.ask_to_stop()

    def close(self) -> None:
        """End every process at once, as when the window is closed."""
        self._finished = True
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    @abstractmethod
    def _begin(self) -> None:
        """Start the first processes."""

    @abstractmethod
    def _handle(self, worker: ProcessWorker, message: Any) -> list[SearchEvent]:
        """Handle a message of a process; the events to pass on."""

    @abstractmethod
    def _on_worker_exit(
        self, run: RunStatus | None, worker: ProcessWorker, died: ProcessExited
    ) -> list[SearchEvent]:
        """Handle the exit of a process and end the run it was training."""

    @abstractmethod
    def _closing_message(self) -> str:
        """A sentence where not everything came to its end, else empty."""

    def _end_run(self, run: RunStatus, died: ProcessExited) -> RunEnded:
        """End a run whose process exited."""
        if self._cancelled:
            ended = RunEnded(run.number, "stopped")
        else:
            ended = RunEnded(
                run.number,
                "failed",
                tr("{sentence} Its record ends there.").format(sentence=died.sentence),
            )
        run.handle(ended)
        return ended
