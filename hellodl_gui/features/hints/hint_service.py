"""Hint service: diagnoses the open run in the background, tests fixes and applies them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.ab_run import plan_comparison
from core.diagnosis.comparison import Comparison
from core.diagnosis.diagnose import diagnose, ranked
from core.diagnosis.evidence import class_counts, collect_evidence, initial_weights
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.treatment import typical_start
from core.inspect.data.dataset_report import DatasetReport
from core.inspect.health.network_health import NetworkHealth
from core.inspect.weights.parameter_history import ParameterHistory
from hellodl_gui.services.run_reader import RunReader, Where, open_record
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status

_CALM = 2.0  # seconds from one diagnosis to the next
_PATIENCE = 4.0  # seconds after which an answer is not waited for any more


class _HintResult(NamedTuple):
    """What was found, and the weights (P,) that the run began with where they were asked for."""

    hints: tuple[Hint, ...]
    start: NDArray[np.float32] | None


@dataclass(frozen=True)
class AppliedFix:
    """A cure that was applied, and how things stood before."""

    hint: Hint
    before: Mapping[str, float]
    record: Where | None


class HintService:
    """Call `poll` now and then while it is `pending`, `invalidate` when the run got further.

    Attributes: `hints`, those that are open, the surest first, those whose proof failed last;
    `proof` and `proven`, the newest proof and the hint it is about, None before; `proofs`, those
    that came to a verdict, by the key of their hint; `applied`, the last cure that was applied to
    this run, or that began it; `problem`, a sentence where the record cannot be read.
    """

    def __init__(self, state: LabState) -> None:
        self._state = state
        self._reader: RunReader[_HintResult] = RunReader()
        self._applying = False
        self.applied: AppliedFix | None = None
        self.proof: Comparison | None = None
        self.proven: Hint | None = None
        self.forget()
        state.timeline.record_opened.connect(self.invalidate)
        state.training.restarted.connect(self.forget)

    def forget(self) -> None:
        """Another run: nothing is known of it, nothing dismissed."""
        self.cancel()
        self._known: tuple[Hint, ...] = ()
        self._dismissed: set[str] = set()
        self._condition: NetworkHealth | None = None
        self._data: DatasetReport | None = None
        self._start: NDArray[np.float32] | None = None
        self.proofs: dict[str, Comparison] = {}
        self._asked_at = self._looked_at = 0.0
        self._asking = self._stale = False
        self.proof = self.proven = None
        self.hints: tuple[Hint, ...] = ()
        if not self._applying:
            self.applied = None

    def invalidate(self, *_: object) -> None:
        """The run may have got further."""
        self._stale = True

    @property
    def problem(self) -> str:
        """A sentence where the record cannot be read, else empty."""
        return self._reader.problem

    @property
    def pending(self) -> bool:
        """Whether `poll` has something to do before long."""
        proving = self.proof is not None and self.proof.running
        return proving or self._stale or self._asking or self._reader.pending

    def poll(self, now: float) -> bool:
        """Look at the run again where it is time; whether there is something new to be shown."""
        news = self.proof is not None and self.proof.poll()
        if news and self.proven is not None and self.proof and self.proof.proven is not None:
            self.proofs[self.proven.key] = self.proof
        if self._asking and now - self._asked_at > _PATIENCE:
            self._asking = False
        if self._stale and not self._asking and now - self._looked_at >= _CALM:
            self._stale, self._looked_at = False, now
            self._look(now)
        if self._reader.poll():
            found = self._reader.answer
            self._known = found.hints if found is not None else ()
            if found is not None and found.start is not None:
                self._start = found.start
            news = True
        return self._choose() or news

    def _look(self, now: float) -> None:
        """Ask after the network first, where the run can say; then the record."""
        state = self._state
        if state.timeline.path is None:
            return
        if state.training.answers and state.timeline.moment is None:
            self._asking, self._asked_at = True, now
            run = state.training.run_id

            def after(found: NetworkHealth) -> None:
                if run == state.training.run_id:
                    self._asking = False
                    if self._condition is not None and not found.dead_units_at_start:
                        found = replace(
                            found, dead_units_at_start=self._condition.dead_units_at_start
                        )
                    self._condition = found
                    self._ask()

            def otherwise(_: bool) -> None:
                if run == state.training.run_id and self._asking:
                    self._asking = False
                    self._ask()  # what the record alone says

            def before(found: DatasetReport) -> None:
                if run == state.training.run_id:
                    self._data = found

            if self._data is None:
                state.probes.ask("dataset_report", {}, before)
            known = self._condition is not None and self._condition.dead_units_at_start
            state.probes.ask(
                "network_health", {} if known else {"start": self._start}, after, otherwise
            )
        else:
            self._ask()

    def _ask(self) -> None:
        where = open_record(self._state.timeline)
        if where is None:
            return
        counts = class_counts(self._state.training.data.train)
        metric = self._state.timeline.metrics.goal
        knobs = self._state.training.chapter.defaults()
        condition, data, with_start = self._condition, self._data, self._start is None

        def question(history: ParameterHistory) -> _HintResult:
            evidence = collect_evidence(
                history, knobs, counts, metric, condition=condition, data=data
            )
            start = initial_weights(history.lineage) if with_start else None
            return _HintResult(diagnose(evidence), start)

        self._reader.ask(where, question)
        self._reader.invalidate()

    def _choose(self) -> bool:
        """What is open: what was found and not dismissed, and what is being proven.

        A hint keeps the numbers by which it was first named, so that its words stand still.
        """
        before, pinned = {hint.key: hint for hint in self.hints}, self.proven
        found = {hint.key: hint for hint in self._known if hint.key not in self._dismissed}
        for key, hint in found.items():
            if key in before and before[key].fix == hint.fix:
                found[key] = before[key]
        if pinned is not None:
            if pinned.key not in found:
                found = {pinned.key: pinned, **found}
            found[pinned.key] = pinned
        # What was proven of another cure than the one that is named by now counts no more.
        self.proofs = {
            key: proof
            for key, proof in self.proofs.items()
            if key not in found or proof.plan.fix == found[key].fix
        }
        verdicts = {key: bool(proof.proven) for key, proof in self.proofs.items()}
        hints = ranked(list(found.values()), verdicts)
        changed, self.hints = hints != self.hints, hints
        return changed

    # -- what a person wants ------------------------------------------------------------------

    def dismiss(self, hint: Hint) -> None:
        """Not to be said again in this run."""
        self._dismissed.add(hint.key)
        self._let_go(hint)
        self._choose()

    def prove(self, hint: Hint) -> None:
        """Train both arms for some seconds, from as near to this moment as the record allows."""
        state, cure, path = self._state, hint.fix, self._state.timeline.path
        if cure is None or path is None:
            return
        self.cancel()
        self.proven = hint
        if cure.restart or state.timeline.visiting or not state.training.answers:
            self._prove_at(hint, cure, state.timeline.step)
            return
        run = state.training.run_id

        reached = state.timeline.step

        def then(step: int) -> None:
            if run == state.training.run_id and self.proven is hint:
                self._prove_at(hint, cure, step)

        def otherwise(_: bool) -> None:
            then(reached)

        self.proof = None
        state.probes.keep(then, otherwise)

    def _prove_at(self, hint: Hint, cure: Fix, step: int) -> None:
        path = self._state.timeline.path
        if path is not None:
            key, knobs = self._state.training.chapter.key, self._state.training.knobs
            self.proof = Comparison(plan_comparison(key, path, knobs, cure, step))
            self.proof.start()

    def cancel(self) -> None:
        """Stop proving; what is known so far stays."""
        if self.proof is None:
            self.proven = None  # the state of the run was still being kept for it
        elif self.proof.running:
            self.proof.close()
            self.proof.cancelled = True

    def apply(self, hint: Hint) -> None:
        """Turn the knobs; where that takes a new start, begin one and go on as before."""
        state, cure = self._state, hint.fix
        if cure is None or cure.by_hand:
            return
        self._let_go(hint)
        where = open_record(state.timeline)
        self.applied = AppliedFix(hint, dict(state.training.knobs), where)
        playing = state.training.status in (Status.PLAYING, Status.FAILED)
        state.training.set_knobs(cure.values)
        self._known = tuple(other for other in self._known if other.key != hint.key)
        self._choose()
        if not cure.restart:
            return
        run = state.training.run_id
        self._applying = True
        state.training.restart(
            typical_start(state.training.chapter.task, state.training.knobs)
            if cure.redraw
            else None
        )
        self._applying = False
        if playing and state.training.run_id != run:
            state.training.play()

    def take_back(self) -> None:
        """The knobs as before the last cure, and the run from before where that began another."""
        applied, self.applied = self.applied, None
        if applied is None:
            return
        self._state.training.set_knobs(applied.before)
        if applied.hint.fix is not None and applied.hint.fix.restart and applied.record:
            self._state.training.open_run(applied.record.path)

    def _let_go(self, hint: Hint) -> None:
        self.proofs.pop(hint.key, None)
        if self.proven is not None and self.proven.key == hint.key:
            self.cancel()
            self.proof, self.proven = None, None

    def close(self) -> None:
        """End the process and the reader."""
        self.cancel()
        self._reader.close()
