"""A search among settings, shared by all processes and machines that name the same study."""

from collections.abc import Sequence

from core.chapters.registry import chapter
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.search.messages import RunStarted, SearchEvent, StudyFailed, StudyUpdated, Trial
from core.search.plan import StudyPlan
from core.search.process_entry import search
from core.search.run_status import RunStatus
from core.search.worker_group import WorkerGroup, checked_workers
from core.translation import tr

_MAX_CRASHES = 10


class Study(WorkerGroup):
    """A search for good values of the knobs that vary, carried out by `workers` processes.

    The study lives in a file: the same name goes on where it was left, adds to what other processes
    and machines do at the same time, and ends when all together have trained `plan.count` runs.
    Nothing blocks: `start`, then `poll` now and then. What was begun when it was cancelled is begun
    again when it goes on.

    Raises LabError for a number of `workers` that cannot be; of a file that is damaged, or that
    searches something else, the Finished event tells.
    """

    def __init__(self, plan: StudyPlan, workers: int | None = None) -> None:
        super().__init__()
        self.plan = plan
        self.metrics = chapter(plan.chapter).task.measured_by()
        self.workers = min(checked_workers(workers), plan.count)
        self.runs: dict[int, RunStatus] = {}
        self.trials: tuple[Trial, ...] = ()
        self.problem = ""
        self._left: set[ProcessWorker] = set()
        self._crashes = 0

    @property
    def best(self) -> Trial | None:
        """The best that came to its end; None while none did."""
        done = [trial for trial in self.trials if trial.state == "done"]
        metric = self.plan.metric
        choose = max if metric.better == "up" else min
        return choose(done, key=lambda trial: trial.value(metric), default=None)

    def _begin(self) -> None:
        self._start_worker()  # the one that opens the study; others follow once it is open

    def _closing_message(self) -> str:
        return self.problem or (tr("The study was stopped.") if self._cancelled else "")

    def _start_worker(self) -> None:
        worker = ProcessWorker(search)
        self._workers[worker] = None
        worker.send(self.plan)

    def _handle(
        self, worker: ProcessWorker, message: SearchEvent | StudyFailed
    ) -> list[SearchEvent]:
        match message:
            case StudyFailed(sentence=sentence):
                self.problem = sentence
                self._left.add(worker)
                return []
            case StudyUpdated():
                if not self.trials and not message.over and not self._cancelled:
                    waiting = sum(trial.state == "waiting" for trial in message.trials)
                    for _ in range(min(self.workers, waiting) - len(self._workers)):
                        self._start_worker()
                # What one process saw may be older than what another one has said already.
                if _progress_of(message.trials) >= _progress_of(self.trials):
                    self.trials = message.trials
                if message.over:
                    self._left.add(worker)
                return [message]
            case RunStarted(number=number, values=values):
                run = RunStatus.measured_by(self.metrics, number, number, values)
                self._workers[worker] = self.runs[number] = run
                run.handle(message)
            case _:
                current = self._workers[worker]
                if current is not None:
                    current.handle(message)
        return [message]

    def _on_worker_exit(
        self, run: RunStatus | None, worker: ProcessWorker, died: ProcessExited
    ) -> list[SearchEvent]:
        events: list[SearchEvent] = []
        if run is not None and not run.over:
            events.append(self._end_run(run, died))
        if worker not in self._left and not self._cancelled:
            self._crashes += 1
            if self._crashes < _MAX_CRASHES:
                self._start_worker()
            else:
                self.problem = tr("The study was given up. {sentence}").format(
                    sentence=died.sentence
                )
        return events


def _progress_of(trials: Sequence[Trial]) -> tuple[int, int]:
    """How far a study is: runs over and runs begun."""
    waiting = sum(trial.state == "waiting" for trial in trials)
    running = sum(trial.state == "running" for trial in trials)
    return len(trials) - waiting - running, len(trials) - waiting
