"""State of a formula's forward and backward pass, one step at a time."""

from collections.abc import Mapping

from core.inspect.teach.formula import DerivativeCheck, Formula, parse
from core.inspect.teach.step_through import BackwardStep, BackwardWalk, FormulaNode, step_through

_START = 1.0


class FormulaRun:
    """The steps of a pass: nothing computed, then values one by one, then gradients.

    Attributes: `formula`, `values` of its variables by name, `eager` (values are there at once, not
    only when asked for), `position` on the line, `seen` (all that can be seen along it), `walks`,
    how many walks have added their gradients since the last zero.
    """

    def __init__(self, text: str, values: Mapping[str, float]) -> None:
        self.eager = True
        self.walks = 0
        self.position = 0
        self.values: dict[str, float] = dict(values)
        self._known: dict[str, float] = dict(values)  # of variables that were there once, too
        self._carried: dict[str, float] = {}
        self.formula: Formula
        self.seen: BackwardWalk
        self.type(text)

    # -- what is typed and turned -------------------------------------------------------------

    def type(self, text: str, values: Mapping[str, float] | None = None) -> None:
        """Another formula; known variables keep their values. Raises FormulaError."""
        self.formula = parse(text)
        self._known.update(values or {})
        self.values = {name: self._known.get(name, _START) for name in self.formula.names}
        self._begin_again()

    def set_value(self, name: str, value: float) -> None:
        """Turn a variable. Computed eagerly, a finished walk is walked again with it."""
        self.values[name] = self._known[name] = value
        finished = self.eager and self.position == self.last
        self._begin_again()
        if finished:
            self.backward()

    def set_eager(self, eager: bool) -> None:
        """Compute at once, or only when asked."""
        self.eager = eager
        self._begin_again()

    def _begin_again(self) -> None:
        self._carried = {}
        self.walks = 0
        self._look()
        self.position = self.forward_steps if self.eager else 0

    def _look(self) -> None:
        self.seen = step_through(self.formula.at(self.values).root, self._carried)
        self._operations = [p for p in self.seen.places if p.kind == "operation"]

    @property
    def result(self) -> str:
        """What the formula is called: y, unless a variable has that name."""
        return next(name for name in ("y", "f", "g", "result") if name not in self.formula.names)

    # -- along the line -----------------------------------------------------------------------

    @property
    def forward_steps(self) -> int:
        """How many operations there are to compute."""
        return len(self._operations)

    @property
    def last(self) -> int:
        """The end of the line."""
        return self.forward_steps + len(self.seen.steps)

    @property
    def first(self) -> int:
        """Where stepping back ends: eagerly computed values cannot be made undone."""
        return self.forward_steps if self.eager else 0

    @property
    def computed(self) -> bool:
        """Whether the result is there, so that one can walk back from it."""
        return self.position >= self.forward_steps

    @property
    def back_steps(self) -> int:
        """How many steps of the walk back have been made."""
        return max(self.position - self.forward_steps, 0)

    def forward(self) -> None:
        """Compute all values."""
        self.position = max(self.position, self.forward_steps)

    def backward(self) -> bool:
        """Walk back to the variables; once more adds once more. False before forward."""
        if not self.computed:
            return False
        if self.position == self.last:
            sums = self.sums()
            self._carried = {name: sums[id] for name, id in self.seen.variables().items()}
            self._look()
            self.walks += 1
        else:
            self.walks = max(self.walks, 1)
        self.position = self.last
        return True

    def zero(self) -> None:
        """Forget all gradients; values stay."""
        self._carried = {}
        self.walks = 0
        self._look()
        self.position = min(self.position, self.forward_steps)

    def step(self, by: int) -> bool:
        """One step on or back. False at an end of the line."""
        wanted = self.position + by
        if not self.first <= wanted <= self.last:
            return False
        self.position = wanted
        if wanted == self.last:
            self.walks = max(self.walks, 1)
        return True

    # -- what is to be seen there -------------------------------------------------------------

    def values_shown(self) -> set[int]:
        """The places whose values are there."""
        variables = {p.id for p in self.seen.places if p.kind == "variable"}
        return variables | {p.id for p in self._operations[: self.position]}

    def sums(self) -> dict[int, float]:
        """The gradients that have come together so far, by place."""
        return self.seen.sums(self.back_steps)

    def computing(self) -> FormulaNode | None:
        """The operation whose value appeared last, while going forward step by step."""
        if 0 < self.position <= self.forward_steps and not self.eager:
            return self._operations[self.position - 1]
        return None

    def stepping(self) -> BackwardStep | None:
        """The step of the walk back that was made last."""
        return self.seen.steps[self.back_steps - 1] if self.back_steps else None

    @property
    def midway(self) -> bool:
        """Whether the walk back is under way: gradients are there, but not all of them."""
        return self.back_steps > 0 and self.position < self.last

    def check(self, name: str) -> DerivativeCheck:
        """The derivative by a variable, by the tape and by the difference quotient."""
        return self.formula.check(self.values, name)
