"""The file of a study (Optuna's journal), with random, grid and TPE search, and its pruner.

Every run that is to be is a slot, put into the file in advance; whoever moves it from waiting to
running first has it. Two processes that add the same slot at once do no harm: the first counts.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, TrialState

from core.chapters.registry import chapter
from core.errors import LabError
from core.io.safe_open import open_regular
from core.search.backend import JournalBackend
from core.search.liveness import LivenessLock, LivenessMonitor
from core.search.messages import Trial
from core.search.plan import StudyPlan
from core.search.search_space import SearchDimension, grid
from core.translation import tr

ALIVE_EVERY = 10.0  # seconds between two signs of life of a run
_MOST_ATTEMPTS = 3
_MOST_BYTES = 256 * 2**20
_STATES = {
    TrialState.WAITING: "waiting", TrialState.RUNNING: "running", TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned", TrialState.FAIL: "failed",
}  # fmt: skip


class StudyError(LabError):
    """The file of a study cannot be used."""


class TrialTakenOver(Exception):
    """Somebody else has finished this run, or thought it lost."""


class Journal:
    """A study's file, opened to take part; made when it is not there. Raises StudyError always."""

    def __init__(self, plan: StudyPlan) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.simplefilter("ignore", ExperimentalWarning)
        self.plan = plan
        self._path = plan.path
        with self.understandable():
            _check_is_file(self._path)
            self._backend = JournalBackend(str(self._path))
            self._storage = JournalStorage(self._backend)
            self._study = optuna.create_study(
                storage=self._storage,
                study_name=plan.name,
                direction="minimize" if plan.metric.better == "down" else "maximize",
                load_if_exists=True,
                pruner=_pruner(plan),
            )
            self._check_same_search()
            self._add_slots()
            self._watch = LivenessMonitor(self._path)
            self._presence: LivenessLock | None = None

    def close(self) -> None:
        """Take part no more; what was begun here counts as lost."""
        if self._presence is not None:
            self._presence.release()
            self._presence = None

    @property
    def dropped(self) -> list[str]:
        """A sentence for each line that was cut off and left out."""
        return self._backend.dropped

    @property
    def running(self) -> bool:
        """Whether somebody trains, or began to train, a run that is not over."""
        with self.understandable():
            return any(trial.state == TrialState.RUNNING for trial in self._slots().values())

    @contextmanager
    def understandable(self) -> Iterator[None]:
        """Whatever goes wrong with the file becomes a StudyError."""
        try:
            yield
        except (StudyError, UpdateFinishedTrialError):
            raise
        except OSError as error:
            raise StudyError(
                tr(
                    "The study {path} cannot be used: {strerror}. Choose another folder, or "
                    "make room there."
                ).format(path=self._path, strerror=error.strerror or error)
            ) from error
        except Exception as error:  # what a foreign line makes of Optuna is not to be foreseen
            raise StudyError(
                tr(
                    "The study {path} is damaged, or no study: {kind} {error}. Move the file "
                    "away, or choose another name."
                ).format(path=self._path, kind=type(error).__name__, error=error)
            ) from error

    def claim(self) -> "ClaimedTrial | None":
        """The next run to train; None when all are taken."""
        with self.understandable():
            self._requeue_lost_trials()
            for trial in self._slots().values():
                if trial.state != TrialState.WAITING:
                    continue
                with suppress(UpdateFinishedTrialError):
                    if self._storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING):
                        return self._claimed(trial)
            return None

    def survey(self) -> tuple[Trial, ...]:
        """Every run of the study, whoever trained it."""
        with self.understandable():
            return tuple(self._to_trial(number, it) for number, it in self._slots().items())

    def put_back(self, number: int, attempt: int, values: Mapping[str, float]) -> None:
        """Let a run be begun once more."""
        with self.understandable():
            self._enqueue(number, attempt + 1, values)

    def _claimed(self, waiting: FrozenTrial) -> "ClaimedTrial":
        number = int(waiting.user_attrs["slot"])
        # A number of its own for every run, so that no two draw the same.
        self._study.sampler = _sampler(self.plan, number)
        trial = optuna.trial.Trial(self._study, waiting._trial_id)
        if self._presence is None:
            self._presence = LivenessLock(self._path)
        for key, value in {**self._presence.card, "alive": 0}.items():
            trial.set_user_attr(key, value)
        values = {vary.key: _suggested(trial, vary) for vary in self.plan.varied}
        return ClaimedTrial(self, trial, number, int(waiting.user_attrs["attempt"]), values)

    def _slots(self) -> dict[int, FrozenTrial]:
        """The last attempt at every slot; of several the one that was there first."""
        kept: dict[int, FrozenTrial] = {}
        for trial in self._study.get_trials(deepcopy=False):
            slot, attempt = int(trial.user_attrs["slot"]), int(trial.user_attrs["attempt"])
            if slot not in kept or attempt > int(kept[slot].user_attrs["attempt"]):
                kept[slot] = trial
        return dict(sorted(kept.items()))

    def _add_slots(self) -> None:
        there = self._slots()
        points = grid(self.plan.varied) if self.plan.method == "grid" else None
        for number in range(self.plan.count):
            if number not in there:
                self._enqueue(number, 1, points[number] if points else {})

    def _enqueue(self, number: int, attempt: int, values: Mapping[str, float]) -> None:
        given = {v.key: _external(v, values[v.key]) for v in self.plan.varied if v.key in values}
        self._study.enqueue_trial(given, {"slot": number, "attempt": attempt})

    def _requeue_lost_trials(self) -> None:
        """What was begun by a process that is gone is begun again, though not for ever."""
        for number, trial in self._slots().items():
            if trial.state == TrialState.RUNNING and self._watch.is_lost(
                trial._trial_id, trial.user_attrs
            ):
                with suppress(UpdateFinishedTrialError):
                    self._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
                    attempt = int(trial.user_attrs["attempt"])
                    if attempt < _MOST_ATTEMPTS:
                        self._enqueue(number, attempt + 1, trial.params)

    def _check_same_search(self) -> None:
        card = self.plan.card()
        known = self._study.user_attrs.get("card")
        if known is None:
            self._study.set_user_attr("card", card)
            known = self._study.user_attrs["card"]
        if differing := [key for key in card if known.get(key) != card[key]]:
            raise StudyError(
                tr(
                    "There is a study “{name}” already, and it is another search: its "
                    "{differing} differ. Choose another name, or the settings it has."
                ).format(name=self.plan.name, differing=", ".join(differing))
            )

    def _to_trial(self, number: int, trial: FrozenTrial) -> Trial:
        found: dict[str, Any] = trial.user_attrs.get("result", {})
        values = dict(trial.params or trial.system_attrs.get("fixed_params", {}))
        latest = trial.intermediate_values.get(max(trial.intermediate_values, default=-1))
        so_far = {} if latest is None else {self.plan.goal: latest}
        measured = {**so_far, **found}
        metrics = [metric.key for metric in chapter(self.plan.chapter).task.metrics()]
        state: Any = found.get("state", _STATES[trial.state])
        return Trial(
            number,
            {key: float(value) for key, value in values.items()},
            state,
            loss=float(measured.get("loss", "nan")),
            metrics={key: float(measured[key]) for key in metrics if key in measured},
            step=int(found.get("step", 0)),
            record=Path(found["record"]) if found.get("record") else None,
            machine=str(trial.user_attrs.get("machine", "")),
            problem=str(found.get("problem", "")),
        )


class ClaimedTrial:
    """A run of a study that is this process's to train. Raises StudyError or TakenOver always."""

    def __init__(
        self,
        journal: Journal,
        trial: optuna.trial.Trial,
        number: int,
        attempt: int,
        values: dict[str, float],
    ) -> None:
        self.number = number
        self.values = values
        self._journal = journal
        self._trial = trial
        self._attempt = attempt
        self._signs = 0

    def report(self, share: int, score: float) -> bool:
        """The score after so many tenths of the way; whether the run is hopeless."""
        with self._guarded():
            self._trial.report(score, share)
            return self._trial.should_prune()

    def live(self) -> None:
        """Give a sign of life."""
        with self._guarded():
            self._signs += 1
            self._trial.set_user_attr("alive", self._signs)

    def end(self, state: str, score: float | None, result: Mapping[str, Any]) -> None:
        """Say what came of it: done with a score, pruned, or failed."""
        with self._guarded():
            self._trial.set_user_attr("result", {"state": state, **result})
            if state == "done":
                self._tell(TrialState.COMPLETE, [score])
            else:  # of one that broke the search learns too: not there
                self._tell(TrialState.PRUNED, None)

    def give_back(self) -> None:
        """Let it be begun again, by whoever goes on with the study."""
        with self._guarded():
            self._tell(TrialState.FAIL, None)
            self._journal.put_back(self.number, self._attempt, self.values)

    def _tell(self, state: TrialState, values: Any) -> None:
        self._journal._storage.set_trial_state_values(self._trial._trial_id, state, values)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with self._journal.understandable():
                yield
        except UpdateFinishedTrialError as error:
            raise TrialTakenOver from error


def _check_is_file(path: Path) -> None:
    """Raises OSError for what is there and cannot be read like a file."""
    if path.exists() or path.is_symlink():
        open_regular(path, _MOST_BYTES).close()


def _pruner(plan: StudyPlan) -> optuna.pruners.BasePruner:
    match plan.pruning:
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=4)
        case "halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
        case "none":
            return optuna.pruners.NopPruner()


def _sampler(plan: StudyPlan, number: int) -> optuna.samplers.BaseSampler:
    seed = int(np.random.SeedSequence([plan.seed, number]).generate_state(1)[0])
    if plan.method == "tpe":
        startup = max(4, min(10, plan.count // 3))
        return optuna.samplers.TPESampler(n_startup_trials=startup, constant_liar=True, seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def _suggested(trial: optuna.trial.Trial, vary: SearchDimension) -> float:
    if vary.choices:
        return float(trial.suggest_categorical(vary.key, vary.choices))
    if vary.integer:
        return float(trial.suggest_int(vary.key, int(vary.low), int(vary.high), log=vary.log))
    return trial.suggest_float(vary.key, vary.low, vary.high, log=vary.log)


def _external(vary: SearchDimension, value: float) -> float | int:
    """As Optuna has it: whole numbers are ints."""
    return int(value) if vary.integer and not vary.choices else value
