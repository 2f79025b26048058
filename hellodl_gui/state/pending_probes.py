"""What the run was asked, until it answers, refuses, or ends."""

from collections.abc import Callable
from typing import Any

Otherwise = Callable[[bool], object]
"""Called with whether the run ended before it could answer; if not, it refused."""


class PendingProbes:
    """Open questions by their number. For each one of its two functions is called, once."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Callable[[Any], object], Otherwise | None]] = {}
        self._newest = 0

    def __contains__(self, number: int) -> bool:
        return number in self._open

    def __len__(self) -> int:
        return len(self._open)

    def add(self, then: Callable[[Any], object], otherwise: Otherwise | None) -> int:
        """The number of a new one: `then(answer)` will be called, or `otherwise(ended)`."""
        self._newest += 1
        self._open[self._newest] = then, otherwise
        return self._newest

    def answer(self, number: int, answer: Any, ended: bool = False) -> None:
        """It was answered; None where it was not. Nothing happens to one that is not open."""
        if number not in self._open:
            return
        then, otherwise = self._open.pop(number)
        if answer is not None:
            then(answer)
        elif otherwise is not None:
            otherwise(ended)

    def end(self) -> None:
        """Nobody will answer any more what is open now."""
        for number in list(self._open):
            self.answer(number, None, ended=True)
