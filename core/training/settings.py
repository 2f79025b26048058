"""TrainingSettings: all that the training loop takes from the knobs, one set a step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Self

from core.errors import KnobError
from core.knobs import Knobs
from core.translation import tr

_NAMES = "optimizer", "schedule"
"""Settings that are names; their knobs are choices."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What the training loop obeys in one step; a setting without a knob has its default.

    `lr` learning rate; `batch_size` samples; `validate_every` steps; `epochs` after which training
    pauses; `seed` of the random streams. `accumulate` mini-batches a step. `momentum`,
    `weight_decay`, `l1`: None leaves them to the optimizer; `decoupled` lets the decay act on the
    weights. `clip_norm`, `clip_value`, `patience` and `warmup` (steps): 0 is off; `ema` over so
    many steps, 1 is off. `stop_at`: training pauses when the task's first metric is better, NaN is
    never. `schedule` over `schedule_epochs` ends at `schedule_end` of the rate; None is constant.
    """

    lr: float = 0.0
    batch_size: int = 1
    validate_every: int = 1
    epochs: float = math.inf
    seed: int = 1
    optimizer: str = "sgd"
    accumulate: int = 1
    momentum: float | None = None
    weight_decay: float | None = None
    l1: float | None = None
    decoupled: bool = False
    clip_norm: float = 0.0
    clip_value: float = 0.0
    ema: float = 1.0
    patience: int = 0
    stop_at: float = math.nan
    schedule: str | None = None
    schedule_epochs: float = 1.0
    schedule_end: float = 1.0
    warmup: float = 0.0

    @classmethod
    def of(cls, knobs: Knobs) -> Self:
        """The settings among a chapter's knobs; of the same knobs again at once."""
        known, settings = _Latest.pair
        if known is knobs and type(settings) is cls:
            return settings
        found: dict[str, Any] = {}
        for name in knobs.keys() & SETTINGS:
            value = knobs[name]
            whole = name in _WHOLE
            found[name] = knobs.name_of(name) if name in _NAMES else int(value) if whole else value
        settings = cls(**found)
        _Latest.pair = knobs, settings
        return settings

    @property
    def plain(self) -> bool:
        """Whether a step is nothing but θ ← θ − lr · gradient of one mini-batch."""
        changed = self.accumulate > 1 or self.clip_norm or self.clip_value or self.ema > 1
        return self.optimizer == "sgd" and not (changed or self.weight_decay or self.l1)

    def optimizer_arguments(self, momentum: bool = True) -> dict[str, Any]:
        """Keyword arguments of `Optimizer.step` other than the learning rate."""
        given: dict[str, Any] = {"weight_decay": self.weight_decay, "l1": self.l1}
        if momentum:
            given = {"momentum": self.momentum, **given}
        found = {name: value for name, value in given.items() if value is not None}
        return {**found, "decoupled": self.decoupled}


class _Latest:
    """The knobs that were read last, which never change, with their settings.

    One tuple, so that a thread never sees the knobs of another with its own settings.
    """

    pair: tuple[Knobs | None, TrainingSettings | None] = None, None


SETTINGS = frozenset(field.name for field in fields(TrainingSettings))
_WHOLE = frozenset(("batch_size", "validate_every", "seed", "accumulate", "patience"))


def check_knob_names(knobs: Mapping[str, Any]) -> None:
    """Raise KnobError for a knob whose key is nearly, but not quite, that of a setting.

    It would change nothing, and nobody would see why.
    """
    for key in knobs.keys() - SETTINGS:
        if close := get_close_matches(key, SETTINGS, 1, 0.85):
            raise KnobError(
                tr("There is no training setting “{key}”. Did you mean “{close}”?").format(
                    key=key, close=close[0]
                )
            )
