"""A/B run: two runs from the same moment on the same mini-batches, without and with a fix."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.diagnosis.hint import Fix
from core.diagnosis.treatment import balanced_indices, treated_task, typical_start
from core.diagnosis.typical_values import samples_per_step
from core.errors import AnomalyError
from core.inspect.subset import evenly_spaced_with_last
from core.knobs import Knobs
from core.record.reader import RunFile
from core.record.resume import ResumableRun
from core.training.task import Split
from core.training.trainer import Trainer

COMPARISONS = 12
"""How often the two are compared, besides the beginning."""

_SAMPLES, _FEWEST, _MOST = 20_000, 300, 10_000
_SECONDS = 8.0
_SEEN = 2_000  # of the test set
_FEWEST_TURNS = 4
_STOPS = {"patience", "stop_at"}  # knobs that end a run
_HELPS = 0.02  # a smaller gain may be chance
_JUDGED = 3  # looks at the end that are averaged


@dataclass(frozen=True)
class ComparisonPlan:
    """A comparison to make: does `fix` help the run recorded at `record`?

    `values` are all knobs as they stand. Without a restart both arms begin at the last checkpoint
    at or before `step`. With one the treated arm begins anew, and the other at the run's first
    moment, or at `step` where knobs were turned since: then going on is what it has to beat.
    `steps` is how far each goes, fewer for the arm with the larger mini-batches where the fix
    makes them smaller, or until both together took so many `seconds`. At most `seen` test pictures
    are read at each look.
    """

    chapter: str
    record: Path
    values: Mapping[str, float]
    fix: Fix
    step: int
    steps: int
    seconds: float = _SECONDS
    seen: int = _SEEN


@dataclass(frozen=True)
class LossPair:
    """After mini-batch `step`: the loss on `samples` test pictures without the fix and with it.

    Infinite for one that left the numbers.
    """

    step: int
    control: float
    treated: float
    samples: int


def relative_gain(pairs: Sequence[LossPair]) -> float:
    """By how much the loss is lower with the fix, as a share; 0 before there is anything.

    It is judged by the mean of the last three looks: 1 where only the run without the fix left
    the numbers, −1 where only the other one did.
    """
    last = pairs[1:][-_JUDGED:]
    if not last:
        return 0.0
    control = sum(pair.control for pair in last) / len(last)
    treated = sum(pair.treated for pair in last) / len(last)
    if not math.isfinite(control):
        return 1.0 if math.isfinite(treated) else 0.0
    if not math.isfinite(treated):
        return -1.0
    return (control - treated) / max(abs(control), 1e-12)


def helps(pairs: Sequence[LossPair]) -> bool:
    """Whether a fix lowers the loss by more than chance may."""
    return relative_gain(pairs) > _HELPS


def plan_comparison(
    key: str, record: Path, values: Mapping[str, float], fix: Fix, step: int
) -> ComparisonPlan:
    """A plan of some seconds: about 20,000 samples, 300 to 10,000 mini-batches."""
    samples = values["batch_size"] * values.get("accumulate", 1)
    steps = min(max(round(_SAMPLES / samples), _FEWEST), _MOST)
    return ComparisonPlan(key, record, dict(values), fix, step, steps)


def compare(
    plan: ComparisonPlan, on_idle: Callable[[], None] = lambda: None, found: Chapter | None = None
) -> Iterator[LossPair]:
    """Train both arms in turns; a pair of losses at the beginning and after each turn.

    `on_idle` is called amid the work and may raise. `found` is the chapter where it is not the one
    that goes by that key. Raises LabError where the record or the knobs do not allow it.
    """
    found = found or chapter(plan.chapter)
    with RunFile(plan.record) as film:
        control = _Arm(found, film, plan, None, None)
        treated = _Arm(found, film, plan, plan.fix, control.run.data.test)
    arms = control, treated
    for arm in arms:
        arm.run.on_idle = on_idle
    shares = control.steps_per_step_of(treated), 1.0
    began, first = time.perf_counter(), control.run.step
    for turn in range(COMPARISONS + 1):
        for arm, share in zip(arms, shares, strict=True):
            arm.train(math.ceil(plan.steps * share * turn / COMPARISONS), on_idle)
        step = first + max(arm.trained for arm in arms)
        yield LossPair(step, control.look(), treated.look(), len(control.run.data.test))
        if not turn:
            began = time.perf_counter()  # what was made ready before does not count
        spent = time.perf_counter() - began > plan.seconds
        if (spent and turn >= _FEWEST_TURNS) or all(arm.broken for arm in arms):
            return


class _Arm:
    """One of the two runs. `trained` counts mini-batches, `broken` says it left the numbers."""

    def __init__(
        self,
        found: Chapter,
        film: RunFile,
        plan: ComparisonPlan,
        fix: Fix | None,
        test: Dataset | None,
    ) -> None:
        turned = bool(film.knob_changes())
        first = film.about.first_step
        step = first if plan.fix.restart and not (turned and fix is None) else plan.step
        then = ResumableRun(film, found.defaults()).knobs(step)
        fixed = {key: then[key] for key, knob in then.knobs.items() if not knob.live}
        knobs = found.defaults().with_values(**{**plan.values, **fixed})
        if fix is not None:
            knobs = knobs.with_values(**fix.values)
        if "validate_every" in knobs:  # it is looked at here, not amid the steps
            knobs = knobs.with_values(validate_every=knobs.knobs["validate_every"].high)
        self._knobs = knobs
        task = replace(
            found.task,
            data=lambda now: _tested(found, now, test, plan.seen, plan.fix.balance),
        )
        self.run = Trainer(task if fix is None else treated_task(task, fix, knobs), knobs)
        # A fork has no first moment of its own: it is compared with a new run as it is set.
        fresh = plan.fix.restart and (fix is not None or (first > 0 and not turned))
        if not fresh:
            self.run.load_state_dict(film.checkpoint(step))
        elif fix is not None and fix.redraw:
            self.run.begin_at(typical_start(task, knobs))
        # A run that has stopped does not go on unless it is told to.
        self._stopped = fix is None and bool(plan.fix.values.keys() & _STOPS)
        self.broken = False
        self._begin = self.run.step
        self._steps = found.steps(self.run, lambda: knobs)

    @property
    def trained(self) -> int:
        return self.run.step - self._begin

    def steps_per_step_of(self, treated: "_Arm") -> float:
        """Its steps for one of the treated arm's, so that it sees no more samples."""
        own, other = samples_per_step(self._knobs), samples_per_step(treated._knobs)
        return min(other / own, 1.0)

    def train(self, until: int, on_idle: Callable[[], None]) -> None:
        """To so many mini-batches after the beginning; what is broken stays as it is."""
        with np.errstate(all="ignore"):  # what leaves the numbers is found by the loop
            while not self.broken and not self._stopped and self.trained < until:
                on_idle()
                try:
                    self.broken = not math.isfinite(next(self._steps).loss)
                except AnomalyError:
                    self.broken = True

    def look(self) -> float:
        """The mean loss on the test pictures."""
        if self.broken:
            return math.inf
        with np.errstate(all="ignore"):
            loss = self.run.evaluate(self._knobs).loss
        return loss if math.isfinite(loss) else math.inf


def _tested(found: Chapter, knobs: Knobs, test: Dataset | None, seen: int, balanced: bool) -> Split:
    """The chapter's data with a smaller test set, or the one given: both arms read the same.

    Of a `balanced` one each class has as many pictures.
    """
    split = found.task.data(knobs)
    if test is None:
        whole = split.test
        numbers = np.arange(len(whole))
        if balanced and whole.classes:
            numbers = balanced_indices(whole)
        some = numbers[evenly_spaced_with_last(len(numbers), seen)]
        test = whole.take(some)
    return Split(split.train, test)
