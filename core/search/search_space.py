"""Search space: a knob, and a range on its scale or some values to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from core.errors import KnobError
from core.knobs import Knob, Knobs
from core.translation import tr

GRID_POINTS = 5
"""At so many places a grid meets a range."""

_MOST_POINTS = 10_000


@dataclass(frozen=True)
class SearchDimension:
    """The knob `key` from `low` to `high`, evenly on its scale; or one of `choices`, if any."""

    key: str
    low: float
    high: float
    log: bool = False
    integer: bool = False
    choices: tuple[float, ...] = ()

    @classmethod
    def between(cls, knob: Knob, low: float, high: float) -> "SearchDimension":
        """From `low` to `high`. Raises KnobError outside the knob's own range."""
        if knob.choices:
            return cls.among(knob, list(np.arange(knob.coerce(low), knob.coerce(high) + 1)))
        low, high = knob.coerce(low), knob.coerce(high)
        if not low < high:
            raise KnobError(
                tr("{label} cannot vary from {low} to {high}: give less first.").format(
                    label=tr(knob.label), low=knob.text(low), high=knob.text(high)
                )
            )
        return cls(knob.key, low, high, knob.scale == "log", knob.integer)

    @classmethod
    def among(cls, knob: Knob, values: Sequence[float]) -> "SearchDimension":
        """One of `values`. Raises KnobError for one that the knob cannot have, or for none."""
        kept = tuple(dict.fromkeys(knob.coerce(value) for value in values))
        if not kept:
            raise KnobError(
                tr("{label}: give at least one value to try.").format(label=tr(knob.label))
            )
        return cls(knob.key, min(kept), max(kept), choices=kept)

    def points(self) -> tuple[float, ...]:
        """The values that a grid tries."""
        if self.choices:
            return self.choices
        spaced = np.geomspace if self.log else np.linspace
        values = np.clip(spaced(self.low, self.high, GRID_POINTS), self.low, self.high)
        return tuple(np.unique(np.round(values)) if self.integer else values.tolist())

    def text(self, knobs: Knobs) -> str:
        """As a person writes it: `lr=0.001..1`."""
        text = knobs.knobs[self.key].typed
        if self.choices:
            return f"{self.key}={','.join(map(text, self.choices))}"
        return f"{self.key}={text(self.low)}..{text(self.high)}"


def parse_dimension(knobs: Knobs, words: str) -> SearchDimension:
    """`lr=0.001..1`, `batch_size=16,32,64`, `optimizer=sgd,adam`. Raises KnobError."""
    key, given, values = words.partition("=")
    key = key.strip().replace("-", "_")
    if not given or not values.strip():
        raise KnobError(
            tr(
                "“{words}” does not say what to vary. Write NAME=LOW..HIGH or "
                "NAME=VALUE,VALUE, for example lr=0.001..1"
            ).format(words=words)
        )
    knob = knobs.with_values(**{key: knobs.get(key, 0.0)}).knobs[key]
    if ".." in values:
        low, _, high = values.partition("..")
        return SearchDimension.between(knob, knob.parse(low), knob.parse(high))
    return SearchDimension.among(
        knob, [knob.parse(value) for value in values.split(";" if ";" in values else ",")]
    )


def grid(varied: Sequence[SearchDimension]) -> list[Mapping[str, float]]:
    """Every combination of their points. Raises KnobError where that is too many to ever train."""
    points = [vary.points() for vary in varied]
    count = int(np.prod([float(len(values)) for values in points]))
    if count > _MOST_POINTS:
        raise KnobError(
            tr(
                "This grid has {count:,} points, more than {most_points:,}. Vary fewer "
                "settings, or search at random."
            ).format(count=count, most_points=_MOST_POINTS)
        )
    keys = [vary.key for vary in varied]
    return [dict(zip(keys, values, strict=True)) for values in product(*points)]
