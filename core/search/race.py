"""A race: several settings of one chapter from the same start, each trained with several seeds."""

from collections.abc import Mapping, Sequence
from itertools import product

from core.chapters.registry import chapter
from core.errors import LabError
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.search.messages import RunEnded, RunOptions, SearchEvent, TrainRun
from core.search.process_entry import train_runs
from core.search.run_status import RunStatus
from core.search.summary import SettingSummary, summarise_setting
from core.search.worker_group import WorkerGroup, checked_workers
from core.translation import tr


class Race(WorkerGroup):
    """Settings × seeds of one chapter, trained in `workers` processes (None: one a core).

    A setting is {knob: value}; what it leaves out is as in `base`, what that leaves out at its
    default. With `seeds` None every setting runs once, with the seed it says itself. Nobody waits:
    `start`, then `poll` now and then; what is known stands in `runs` and `summaries`. `metrics` are
    those that a run of the chapter may have.

    Raises LabError (KnobError) for a chapter, knob, value or seed that there is not.
    """

    def __init__(
        self,
        chapter_key: str,
        settings: Sequence[Mapping[str, float]],
        seeds: Sequence[int] | None = None,
        base: Mapping[str, float] | None = None,
        options: RunOptions | None = None,
        workers: int | None = None,
    ) -> None:
        super().__init__()
        self.chapter = chapter(chapter_key)
        self.options = options or RunOptions()
        self.settings = tuple(dict(setting) for setting in settings)
        self.workers = checked_workers(workers)
        if not self.settings:
            raise LabError(tr("A race needs at least one setting to run."))
        common = self.chapter.defaults().with_values(**(base or {}))
        if seeds is not None and "seed" not in common:
            raise LabError(
                tr(
                    "“{title}” is not random: every seed would give the same run. Leave out "
                    "the seeds."
                ).format(title=tr(self.chapter.title))
            )
        draws = [{}] if seeds is None else [{"seed": float(seed)} for seed in seeds]
        if not draws:
            raise LabError(tr("A race needs at least one seed."))
        self.metrics = self.chapter.task.measured_by()
        # Seed after seed, so that every setting soon shows something.
        self.runs = tuple(
            RunStatus.measured_by(
                self.metrics,
                number,
                setting,
                dict(common.with_values(**self.settings[setting], **draw)),
            )
            for number, (draw, setting) in enumerate(product(draws, range(len(self.settings))))
        )

    def summaries(self) -> list[SettingSummary]:
        """Every setting with its runs so far put together, in the order of the settings."""
        return [
            summarise_setting(values, [run for run in self.runs if run.setting == setting])
            for setting, values in enumerate(self.settings)
        ]

    def _begin(self) -> None:
        for _ in range(min(self.workers, len(self.runs))):
            self._assign_next(ProcessWorker(train_runs))

    def _closing_message(self) -> str:
        return tr("The race was stopped.") if self._cancelled else ""

    def _handle(self, worker: ProcessWorker, message: SearchEvent) -> list[SearchEvent]:
        run = self._workers[worker]
        if run is not None:
            run.handle(message)
        if isinstance(message, RunEnded):
            self._assign_next(worker)
        return [message]

    def _assign_next(self, worker: ProcessWorker) -> None:
        """Its next run, or no more."""
        waiting = [run for run in self.runs if run.state == "waiting"]
        if waiting and not self._cancelled:
            run, self._workers[worker] = waiting[0], waiting[0]
            run.state = "running"
            worker.send(TrainRun(run.number, self.chapter.key, run.values, self.options))
        else:
            self._workers[worker] = None
            worker.ask_to_stop()

    def _on_worker_exit(
        self, run: RunStatus | None, worker: ProcessWorker, died: ProcessExited
    ) -> list[SearchEvent]:
        events: list[SearchEvent] = [] if run is None else [self._end_run(run, died)]
        waiting = [other for other in self.runs if other.state == "waiting"]
        if self._cancelled:
            events += [self._end_run(other, died) for other in waiting]
        elif run is not None and waiting:
            self._assign_next(ProcessWorker(train_runs))
        return events
