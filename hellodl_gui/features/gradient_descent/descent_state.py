"""State of the gradient descent demo: a function, its optimizers, the step shown."""

from core.inspect.teach.formula import Formula, parse
from core.inspect.teach.gradient_descent import (
    DESCENT_METHODS,
    LANDSCAPES,
    MOST_STEPS,
    Descent,
    Landscape,
)

STILL = 1e-5
"""Balls that move less than this have come to rest."""


class DescentState:
    """Every optimizer descends; `shown` holds the keys of the visible ones.

    Attributes: `descent`, walked at least as far as `step`, the one that is shown; `low` and
    `high`, the stretch of the hill that is seen; `hill`, whose settings they began with.
    """

    def __init__(self, hill: Landscape = LANDSCAPES[0]) -> None:
        self.hill: Landscape
        self.low: float
        self.high: float
        self.shown: set[str]
        self.step: int
        self.descent: Descent
        self.choose(hill)

    def choose(self, hill: Landscape) -> None:
        """Another hill with all its settings."""
        self.hill = hill
        self.low, self.high = hill.low, hill.high
        self.shown = set(hill.ways)
        self._begin(parse(hill.text), hill.start, hill.rate, hill.momentum)

    def _begin(self, formula: Formula, start: float, rate: float, momentum: float) -> None:
        self.descent = Descent(formula, start, tuple(DESCENT_METHODS), rate, momentum)
        self.step = 0

    def type(self, text: str) -> None:
        """Another formula. Raises FormulaError; then all is as it was."""
        old = self.descent
        self._begin(parse(text), old.start, old.rate, old.momentum)

    def turn(self, rate: float | None = None, momentum: float | None = None) -> None:
        """The same start with another rate or momentum, walked as far as it was."""
        old, step = self.descent, self.step
        rate = old.rate if rate is None else rate
        self._begin(old.formula, old.start, rate, old.momentum if momentum is None else momentum)
        self.descent.walk(step)
        self.step = step

    def start_at(self, x: float) -> None:
        """Put all balls at `x`, as far as that is on the stretch that is seen."""
        old, x = self.descent, min(max(x, self.low), self.high)
        self._begin(old.formula, x, old.rate, old.momentum)

    def show(self, key: str, on: bool) -> None:
        """See the ball of this way, or not."""
        self.shown = self.shown | {key} if on else self.shown - {key}

    def see(self, low: float, high: float) -> None:
        """Another stretch of the hill."""
        self.low, self.high = low, high

    def go(self, by: int) -> bool:
        """So many steps on, or back where negative; False where there is nowhere to go."""
        goal = min(max(self.step + by, 0), MOST_STEPS)
        if goal > self.descent.steps:
            self.descent.walk(goal - self.descent.steps)
        moved = goal != self.step
        self.step = goal
        return moved

    @property
    def resting(self) -> bool:
        """Whether no ball that is seen moved in the step that is shown."""
        if not self.step:
            return False
        xs = self.descent.xs
        moves = abs(xs[self.step] - xs[self.step - 1])
        seen = [way.key in self.shown for way in self.descent.ways]
        return bool((moves[seen] < STILL).all())
