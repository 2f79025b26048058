"""A hint: what is wrong, by which numbers, and what to turn."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A sentence with the numbers that speak for a hint, and the panel where they are seen."""

    text: str
    panel: str


@dataclass(frozen=True)
class Cure:
    """Values for knobs that the chapter has.

    With `restart` they act from a new start, with the weights of the seed; otherwise at once, on
    the run as it stands.
    """

    values: Mapping[str, float]
    restart: bool = False


@dataclass(frozen=True)
class Hint:
    """`key` names the kind, `name` is for people. `confidence` is from 0 to 1.

    `facts` are never empty, the strongest first. `cure` is None where no knob helps; then the
    sentence says what does.
    """

    key: str
    name: str
    sentence: str
    facts: tuple[Fact, ...]
    cure: Cure | None
    confidence: float
