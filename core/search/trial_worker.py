"""Trains one run in a process of its own and says over a pipe how it goes."""

from collections.abc import Mapping
from multiprocessing.connection import Connection

from core.chapters.registry import chapter
from core.knobs import Knobs
from core.runtime.headless import HeadlessTrainer, RecordOptions
from core.runtime.process_worker import failure_sentence
from core.search.messages import RunEnded, RunOptions, RunStarted, TrainRun
from core.search.trial_reporter import RunReporter, StopListener

OWNER_GONE = EOFError, BrokenPipeError, ConnectionResetError


def train_run(
    key: str, values: Mapping[str, float], options: RunOptions, reporter: RunReporter
) -> bool:
    """Train a run of the chapter `key`; False when somebody had enough before its end.

    Raises LabError for bad values and when the loss leaves the numbers.
    """
    found = chapter(key)
    recording = (
        RecordOptions(options.folder, reporter.announce, reporter.warn) if options.record else None
    )
    run = HeadlessTrainer(
        found,
        Knobs(found.knobs, values),
        reporter,
        options.computing,
        recording=recording,
        steps=options.steps,
        on_idle=reporter.on_idle,
    )
    try:
        return run.train()
    finally:
        reporter.flush()


def serve(pipe: Connection) -> None:
    """Train what is ordered, run after run, until told to stop."""
    listener = StopListener(pipe)
    while not listener.stopped and isinstance(order := pipe.recv(), TrainRun):
        pipe.send(RunStarted(order.number, order.values))
        metrics = chapter(order.chapter).task.evaluator.batch_metrics
        pipe.send(_ended(order, RunReporter(order.number, metrics, pipe, listener)))


def _ended(order: TrainRun, reporter: RunReporter) -> RunEnded:
    try:
        over = train_run(order.chapter, order.values, order.options, reporter)
    except OWNER_GONE:
        raise
    except Exception as error:
        return RunEnded(order.number, "failed", failure_sentence(error))
    return RunEnded(order.number, "done" if over else "stopped")
