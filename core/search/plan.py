"""Configuration of a study: goal, search space, sampler, number of trials."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from core.chapters.registry import chapter
from core.errors import LabError
from core.paths import data_dir
from core.search.messages import RunOptions
from core.search.search_space import SearchDimension, grid
from core.training.metrics import LOSS, Metric
from core.translation import tr

Method = Literal["tpe", "random", "grid"]
Pruning = Literal["median", "halving", "none"]

SUFFIX = ".study"
_NAME = re.compile(r"\w[\w .-]{0,79}")
_USUAL_TRIALS = 20
_MOST_TRIALS = 10_000


def study_folder() -> Path:
    """Where studies lie unless told otherwise; created when missing."""
    return data_dir("studies")


def goals_of(key: str) -> tuple[Metric, ...]:
    """What a study of a chapter may be about: the loss, and the metrics of its test set."""
    return LOSS, *chapter(key).task.metrics()


@dataclass(frozen=True)
class StudyPlan:
    """A search named `name` among settings of one chapter. Raises LabError saying what cannot be.

    `method`: “grid” tries every combination, “random” draws, “tpe” draws where the results so far
    promise most (Bergstra et al. 2011). `goal` is “loss” or the key of one of the task's metrics,
    that of the test set at a run's end; `metric` knows which way it is better. `pruning`
    gives up runs that are worse than the `median` of those before at the same share of their way,
    or, at 10, 30 and 90 % of it, not among the best third (`halving`, Li et al. 2020). `trials`
    counts those of everybody who takes part (None: the whole grid, or 20), `count` those that are
    to be. `folder`: where the study's file lies, the same for all; None for the usual place.
    """

    chapter: str
    varied: Sequence[SearchDimension]
    name: str
    method: Method = "tpe"
    goal: str = LOSS.key
    pruning: Pruning = "median"
    trials: int | None = None
    base: Mapping[str, float] = field(default_factory=dict)
    options: RunOptions = field(default_factory=RunOptions)
    seed: int = 1
    folder: Path | None = None
    count: int = field(init=False)

    def __post_init__(self) -> None:
        """Check everything, and count the runs."""
        knobs = chapter(self.chapter).defaults().with_values(**self.base)
        if not self.varied:
            raise LabError(tr("A search needs at least one setting to vary."))
        for vary in self.varied:
            for value in (vary.low, vary.high, *vary.choices):
                knobs = knobs.with_values(**{vary.key: value})
        if len({vary.key for vary in self.varied}) < len(self.varied):
            raise LabError(tr("A setting can be varied in one way only. Name each once."))
        if not _NAME.fullmatch(self.name):
            raise LabError(
                tr(
                    "“{name}” cannot be the name of a study. Use up to 80 letters, digits, "
                    "spaces, dots and hyphens, a letter or digit first."
                ).format(name=self.name)
            )
        goals = tuple(goal.key for goal in goals_of(self.chapter))
        for word, kinds in (
            (self.method, get_args(Method)),
            (self.goal, goals),
            (self.pruning, get_args(Pruning)),
        ):
            if word not in kinds:
                raise LabError(
                    tr("“{word}” is not known. Choose one of: {kinds}.").format(
                        word=word, kinds=", ".join(kinds)
                    )
                )
        object.__setattr__(self, "count", self._counted())

    def _counted(self) -> int:
        points = len(grid(self.varied)) if self.method == "grid" else None
        count = (points or _USUAL_TRIALS) if self.trials is None else self.trials
        count = count if points is None else min(count, points)
        if not 1 <= count <= _MOST_TRIALS:
            raise LabError(
                tr("A study of {trials} runs cannot be. Choose 1 to {most_trials:,}.").format(
                    trials=count, most_trials=_MOST_TRIALS
                )
            )
        return count

    @property
    def metric(self) -> Metric:
        """What is to be as good as can be."""
        return next(goal for goal in goals_of(self.chapter) if goal.key == self.goal)

    @property
    def path(self) -> Path:
        """The study's file."""
        return (self.folder or study_folder()) / f"{self.name}{SUFFIX}"

    def card(self) -> dict[str, Any]:
        """What must be the same for all who take part, as JSON knows it."""
        return {
            "chapter": self.chapter,
            "varied": [[v.key, v.low, v.high, v.log, v.integer, list(v.choices)]
                       for v in self.varied],
            "method": self.method,
            "goal": self.goal,
            "base": dict(self.base),
            "steps": self.options.steps,
            "seed": self.seed,
        }  # fmt: skip
