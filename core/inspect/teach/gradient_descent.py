"""Gradient descent in one dimension: the optimizers of `core.optim` on a formula of one variable.

Each “ball” is an optimizer on an Arena that holds a single number.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.errors import LabWarning
from core.inspect.teach.formula import Formula, parse
from core.nn.arena import Arena, ArenaLayout
from core.optim import SGD, Adam, Optimizer, RMSprop

Array = NDArray[np.float64]
MOST_STEPS = 200
"""So many steps are walked at most."""
DIVERGED_AT = 1e6
"""A ball that is farther out than this has left the hill, and stays where it was."""
_LAYOUT = ArenaLayout.of({"x": ()})


@dataclass(frozen=True)
class DescentMethod:
    """How one ball goes down; `sign` is the letter it carries.

    `momentum`: a fixed one, else the one of the slider where the optimiser has any. `mean`: the
    rate is times 1 − momentum, so that v = μ·v + (1 − μ)·g is a mean of gradients.
    """

    key: str
    title: str
    sign: str
    formula: str
    make: Callable[[Arena], Optimizer]
    momentum: float | None = None
    mean: bool = False


DESCENT_METHODS: Mapping[str, DescentMethod] = {
    way.key: way
    for way in (
        DescentMethod("plain", "plain", "P", "x ← x − η·g", SGD),
        DescentMethod("mean", "momentum 0.1", "m",
                      "x ← x − η·v with v = 0.1·v + 0.9·g: nearly no momentum",
                      partial(SGD, use_momentum=True), momentum=0.1, mean=True),
        DescentMethod("momentum", "momentum μ", "M", "x ← x − η·v with v = μ·v + g",
                      partial(SGD, use_momentum=True)),
        DescentMethod("nesterov", "Nesterov μ", "N", "x ← x − η·(g + μ·v) with v = μ·v + g",
                      partial(SGD, nesterov=True)),
        DescentMethod("rmsprop", "RMSprop", "R", "x ← x − η·g / √s, s the running mean of g²",
                      RMSprop),
        DescentMethod("adam", "Adam", "A", "x ← x − η·m / √v, running means of g and g²", Adam),
    )
}  # fmt: skip
"""From the plainest to the cleverest."""


@dataclass(frozen=True)
class Landscape:
    """A formula to roll down, where the balls start, and the stretch (low, high) that is seen."""

    title: str
    text: str
    start: float
    low: float
    high: float
    ways: tuple[str, ...]
    rate: float = 0.2
    momentum: float = 0.9


LANDSCAPES = (
    Landscape("One valley", "x*cos(x)", 1.0, 0.5, 5.0, ("plain",)),
    Landscape("Two valleys", "x*cos(x) - 0.225*sin(6*x)", 0.85, 0.5, 5.0, ("plain", "mean")),
    Landscape("A wide bowl", "0.1*x**2", 9.0, -10.0, 10.0,
         ("plain", "momentum", "nesterov", "adam"), 0.3, 0.8),
    Landscape("A steep valley", "x**2 + 0.5*sin(5*x)", -2.4, -3.0, 3.0,
         ("plain", "momentum", "rmsprop", "adam"), 0.1, 0.7),
    Landscape("A kink", "abs(x)", 1.85, -2.5, 2.5,
         ("plain", "momentum", "rmsprop", "adam"), 0.2, 0.5),
)  # fmt: skip
"""The two of the chapter, and three that tell the ways apart."""


class Descent:
    """Balls on a hill, one a way, all from the same start.

    Attributes: `formula`; `start`; `ways`; `rate` η and `momentum` μ; `steps`, how many were
    walked. `xs`, `ys`, `slopes` are (steps + 1, W), W the number of ways: where each ball was. A
    ball that rolled beyond `DIVERGED_AT`, or where the formula is no number, stays where it was;
    `lost` (W,) says which.
    """

    def __init__(
        self,
        formula: Formula,
        start: float,
        ways: tuple[str, ...] = tuple(DESCENT_METHODS),
        rate: float = 0.2,
        momentum: float = 0.9,
    ) -> None:
        """Raises FormulaError for a formula of several variables."""
        self.formula = formula
        self.start = start
        self.ways = tuple(DESCENT_METHODS[key] for key in ways)
        self.rate = rate
        self.momentum = momentum
        self._arenas = [Arena(_LAYOUT, np.float64) for _ in self.ways]
        self._optimizers = [
            way.make(arena) for way, arena in zip(self.ways, self._arenas, strict=True)
        ]
        for arena in self._arenas:
            arena.theta[0] = start
        self._places = [np.full(len(self.ways), start)]
        values, slopes = formula.along(self._places[0])
        self._values, self._slopes = [values], [slopes]
        self.lost = ~(np.isfinite(values) & np.isfinite(slopes))

    @classmethod
    def down(cls, hill: Landscape) -> "Descent":
        """One with a hill's own settings."""
        return cls(parse(hill.text), hill.start, hill.ways, hill.rate, hill.momentum)

    @property
    def steps(self) -> int:
        """How many steps have been walked."""
        return len(self._places) - 1

    @property
    def xs(self) -> Array:
        """Where the balls were after each step (steps + 1, W)."""
        return np.stack(self._places)

    @property
    def ys(self) -> Array:
        """How high (steps + 1, W)."""
        return np.stack(self._values)

    @property
    def slopes(self) -> Array:
        """The gradient there (steps + 1, W)."""
        return np.stack(self._slopes)

    def step(self) -> bool:
        """Every ball takes one step along the gradient where it stands; False at `MOST_STEPS`."""
        if self.steps >= MOST_STEPS:
            return False
        slopes = self._slopes[-1]
        for number, (way, optimizer) in enumerate(zip(self.ways, self._optimizers, strict=True)):
            momentum = self.momentum if way.momentum is None else way.momentum
            rate = self.rate * (1 - momentum) if way.mean else self.rate
            self._arenas[number].grad[0] = slopes[number]
            kept = momentum if optimizer.uses_momentum else 0.0
            with np.errstate(all="ignore"), warnings.catch_warnings():
                # What leaves the numbers is lost, see below.
                warnings.simplefilter("ignore", LabWarning)
                optimizer.step(rate, momentum=kept)
        places = np.array([arena.theta[0] for arena in self._arenas])
        values, slopes = self.formula.along(places)
        whole = np.isfinite(places) & np.isfinite(values) & np.isfinite(slopes)
        self.lost = self.lost | ~whole | (np.abs(places) > DIVERGED_AT)
        self._places.append(np.where(self.lost, self._places[-1], places))
        self._values.append(np.where(self.lost, self._values[-1], values))
        self._slopes.append(np.where(self.lost, self._slopes[-1], slopes))
        return True

    def walk(self, steps: int) -> None:
        """So many steps more."""
        for _ in range(steps):
            if not self.step():
                return
