"""Trains the runs of a study in a process of its own, until there are no more to train."""

import math
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.errors import RecordError
from core.knobs import Knobs
from core.record.library import tag_run
from core.runtime.headless import StopTraining
from core.runtime.process_worker import failure_sentence
from core.runtime.protocol import WarningRaised
from core.search.journal import ALIVE_EVERY, ClaimedTrial, Journal, StudyError, TrialTakenOver
from core.search.messages import RunEnded, RunStarted, StudyFailed, StudyUpdated
from core.search.plan import StudyPlan
from core.search.trial_reporter import RunReporter, StopListener
from core.search.trial_worker import OWNER_GONE, train_run
from core.training.metrics import Evaluation, StepMetrics
from core.translation import tr

REPORTS = 10
"""So often the test set is looked at on the way, where nobody said how often."""

_LOOK_EVERY, _LISTEN_EVERY = 1.0, 0.03  # seconds, of who waits for others


def serve(pipe: Connection) -> None:
    """Take part in the study whose plan is said, until told to stop."""
    plan = pipe.recv()
    if not isinstance(plan, StudyPlan):
        return
    listener = StopListener(pipe)
    try:
        journal = Journal(plan)
        try:
            _run_trials(plan, journal, pipe, listener)
        finally:
            journal.close()
    except StudyError as error:
        pipe.send(StudyFailed(str(error)))


def _run_trials(
    plan: StudyPlan, journal: Journal, pipe: Connection, listener: StopListener
) -> None:
    """Train run after run. What others still train may be lost, so their end is waited for."""
    told = journal.survey()
    pipe.send(StudyUpdated(told))
    warned = 0
    while not listener.stopped:
        claim = journal.claim()
        for sentence in journal.dropped[warned:]:
            pipe.send(WarningRaised(0 if claim is None else claim.number, sentence))
        warned = len(journal.dropped)
        if claim is not None:
            pipe.send(_train(plan, claim, pipe, listener))
        elif journal.running:
            _wait(listener)
        else:
            break
        if (now := journal.survey()) != told:
            pipe.send(StudyUpdated(now))
            told = now
    pipe.send(StudyUpdated(journal.survey(), over=not listener.stopped))


def _wait(listener: StopListener) -> None:
    """Let some time pass, unless told to stop."""
    end = time.monotonic() + _LOOK_EVERY
    while time.monotonic() < end:
        try:
            listener.listen()
        except StopTraining:
            return
        time.sleep(_LISTEN_EVERY)


def _train(
    plan: StudyPlan, claim: ClaimedTrial, pipe: Connection, listener: StopListener
) -> RunEnded:
    """Train one run and tell the study what came of it."""
    found = chapter(plan.chapter)
    knobs = found.defaults().with_values(**{**plan.base, **claim.values})
    pipe.send(RunStarted(claim.number, dict(knobs)))
    reporter = _TrialReporter(plan, claim, pipe, listener)
    try:
        return _run_trial(plan, found, knobs, claim, reporter)
    except TrialTakenOver:
        return RunEnded(claim.number, "stopped", tr("Another process has taken this run over."))


def _run_trial(
    plan: StudyPlan, found: Chapter, knobs: Knobs, claim: ClaimedTrial, reporter: "_TrialReporter"
) -> RunEnded:
    number, problem, over = claim.number, "", False
    try:
        reporter.steps = expected_steps(found, knobs, plan.options.steps)
        if "validate_every" not in {*plan.base, *claim.values}:
            knobs = with_frequent_validation(knobs, reporter.steps)
        over = train_run(plan.chapter, knobs, plan.options, reporter)
    except (StudyError, TrialTakenOver):
        raise
    except OWNER_GONE:
        claim.give_back()
        raise
    except Exception as error:
        problem = failure_sentence(error)
    score = reporter.score
    if not problem and not over and not reporter.hopeless:
        claim.give_back()
        return RunEnded(number, "stopped")
    if not problem and over and not math.isfinite(score):
        problem = tr("The {goal} of the test set is no number.").format(goal=tr(plan.metric.name))
    result = {**reporter.result(), "problem": problem}
    if problem:
        claim.end("failed", None, result)
        return RunEnded(number, "failed", problem)
    if over:
        claim.end("done", score, result)
        return RunEnded(number, "done")
    claim.end("pruned", None, result)
    return RunEnded(number, "pruned", tr("Stopped early: others did better at this point."))


def expected_steps(found: Chapter, knobs: Knobs, most: int | None) -> int:
    """Mini-batches until a run ends by the knob `epochs`, or after so many at the most."""
    samples = len(found.task.data(knobs).train)
    each = knobs.get("batch_size", 1.0) * knobs.get("accumulate", 1.0)
    goal = math.ceil(knobs["epochs"] * samples / each) if "epochs" in knobs else most
    known = [steps for steps in (goal, most) if steps is not None]
    return max(1, min(known, default=samples))


def with_frequent_validation(knobs: Knobs, steps: int) -> Knobs:
    """The same knobs, with so many looks at the test set on the way as the study asks for."""
    if "validate_every" not in knobs:
        return knobs
    knob = knobs.knobs["validate_every"]
    return knobs.with_values(validate_every=min(max(steps // REPORTS, knob.low), knob.high))


class _TrialReporter(RunReporter):
    """A run of about so many `steps`, which is given up when it is hopeless."""

    def __init__(
        self, plan: StudyPlan, claim: ClaimedTrial, pipe: Connection, listener: StopListener
    ) -> None:
        metrics = chapter(plan.chapter).task.evaluator.batch_metrics
        super().__init__(claim.number, metrics, pipe, listener)
        self.steps = 1
        self.hopeless = False
        self._plan = plan
        self._claim = claim
        self._tenth = 0
        self._alive = time.monotonic()

    @property
    def score(self) -> float:
        """The goal at the last look at the test set; NaN before the first."""
        return math.nan if self.evaluation is None else self._score(self.evaluation)

    def result(self) -> Mapping[str, Any]:
        """What is kept of it in the study."""
        look = self.evaluation
        return {
            "step": self.step,
            "loss": math.nan if look is None else float(look.loss),
            **({} if look is None else {k: float(v) for k, v in look.metrics.items()}),
            "record": None if self.record is None else str(self.record),
        }

    def announce(self, path: Path) -> None:
        """The run is recorded there: it is tagged with the name of the study."""
        super().announce(path)
        try:
            tag_run(path, self._plan.name)
        except RecordError as error:
            self.warn(str(error))

    def on_step(self, step: StepMetrics, seconds: float) -> None:
        """A mini-batch was trained."""
        if time.monotonic() - self._alive > ALIVE_EVERY:
            self._alive = time.monotonic()
            self._claim.live()
        super().on_step(step, seconds)

    def on_evaluation(self, evaluation: Evaluation) -> None:
        """The test set was looked at: once in a tenth of the way, the study hears of it."""
        super().on_evaluation(evaluation)
        tenth = REPORTS * evaluation.step // self.steps
        if tenth > self._tenth:
            self._tenth = tenth
            hopeless = self._claim.report(tenth, self._score(evaluation))
            if hopeless and tenth < REPORTS:
                self.hopeless = True
                raise StopTraining

    def _score(self, evaluation: Evaluation) -> float:
        return float(evaluation.value(self._plan.metric))
