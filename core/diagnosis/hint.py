"""A hint: what is wrong, by which numbers, and what to turn."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A sentence with the numbers that speak for a hint, and the panel where they are seen."""

    text: str
    panel: str


@dataclass(frozen=True)
class Fix:
    """Values for knobs that the chapter has, and what else is done.

    With `restart` they act from a new start, with the weights of the seed; otherwise at once, on
    the run as it stands. Some things act from a new start only: `redraw` replaces weights and
    biases that begin out of all proportion by usual ones; `shuffle` meets the samples in random
    order; `normalise` gives the inputs mean 0 and deviation 1; `balance` repeats the samples of
    rare classes until all are as frequent; `edit` leaves out samples whose neighbours have another
    label. `dropout` is the share for networks whose dropout no knob sets.
    """

    values: Mapping[str, float]
    restart: bool = False
    redraw: bool = False
    shuffle: bool = False
    normalise: bool = False
    balance: bool = False
    edit: bool = False
    dropout: float | None = None

    @property
    def by_hand(self) -> bool:
        """Whether no setting of the window does it: data or network have to be made otherwise."""
        prepared = self.shuffle or self.normalise or self.balance or self.edit
        return prepared or self.dropout is not None


@dataclass(frozen=True)
class Hint:
    """`key` names the kind, `name` is for people. `confidence` is from 0 to 1.

    `facts` are never empty, the strongest first. `fix` is None where no knob helps; then the
    sentence says what does.
    """

    key: str
    name: str
    sentence: str
    facts: tuple[Fact, ...]
    fix: Fix | None
    confidence: float
