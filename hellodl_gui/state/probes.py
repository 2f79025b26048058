"""Probes: questions to the run in the training process, and their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from core.runtime import protocol
from hellodl_gui.state.timeline import Timeline
from hellodl_gui.state.training import Training

Otherwise = Callable[[bool], object]
"""Called with whether the run ended before it could answer; if not, it refused."""


class Probes:
    """Pending questions by number. For each one of its two functions is called, once."""

    def __init__(
        self, training: Training, timeline: Timeline, send: Callable[[protocol.Command], None]
    ) -> None:
        self._training = training
        self._timeline = timeline
        self._send = send
        self._pending: dict[int, tuple[Callable[[Any], object], Otherwise | None]] = {}
        self._newest = 0

    def ask(
        self, probe: str, arguments: Mapping[str, Any], then: Callable[[Any], object],
        otherwise: Otherwise | None = None,
    ) -> int:  # fmt: skip
        """Ask the run in the training process: `then(answer)`, or `otherwise(ended)`.

        That is called where the run ends before it answers, or refuses. The answer is about the
        weights that are shown. Returned is the number of the question, for `waits_for`.
        """
        number = self._add(then, otherwise)
        past = self._timeline.shown is not None
        run = self._training.run_id
        self._send(protocol.ProbeRequest(run, number, probe, arguments, from_board=past))
        return number

    def keep(self, then: Callable[[int], object], otherwise: Otherwise | None = None) -> None:
        """Have the run's state recorded as it stands: `then(step)` or `otherwise(ended)`."""
        self._send(protocol.SaveState(self._training.run_id, self._add(then, otherwise)))

    def _add(self, then: Callable[[Any], object], otherwise: Otherwise | None) -> int:
        self._newest += 1
        self._pending[self._newest] = then, otherwise
        return self._newest

    @property
    def pending(self) -> bool:
        """Whether a question is still to be answered."""
        return bool(self._pending)

    def waits_for(self, question: int) -> bool:
        """Whether this question is still to be answered."""
        return question in self._pending

    def answer(self, question: int, answer: Any, ended: bool = False) -> None:
        """The run answered; None where it refused, or has ended. Ignored if it is not pending."""
        if question not in self._pending:
            return
        then, otherwise = self._pending.pop(question)
        if answer is not None:
            then(answer)
        elif otherwise is not None:
            otherwise(ended)

    def refuse_all(self) -> None:
        """The run has ended: what is pending will not be answered."""
        for question in list(self._pending):
            self.answer(question, None, ended=True)
