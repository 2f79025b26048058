"""Requests to the run in the training process: questions and lessons, and their answers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from core.training.finetune import FinetuneReport
from hellodl_gui.state.models import Status
from hellodl_gui.state.pending_probes import Otherwise, PendingProbes
from hellodl_gui.state.timeline import Moment
from hellodl_gui.state.transport import Transport


class RunRequests(Transport):
    """The part of LabState that asks the open run, and gives it lessons."""

    learning = Signal(float)
    lesson_ended = Signal(object)
    question_asked = Signal(int, str, object, object)
    lesson_wanted = Signal(object, object)
    unlearn_wanted = Signal()
    keep_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._moment: Moment | None = None  # the one that is shown, None at the live edge
        self._questions = PendingProbes()
        self._teaching = False

    # -- intents of the person ----------------------------------------------------------------

    def ask(
        self, probe: str, arguments: Mapping[str, Any], then: Callable[[Any], object],
        otherwise: Otherwise | None = None,
    ) -> int:  # fmt: skip
        """Ask the run in the training process: `then(answer)`, or `otherwise(ended)`.

        That is called where the run ends before it answers, or refuses. The answer is about the
        weights that are shown. Returned is the number of the question, for `waits_for`.
        """
        number = self._questions.add(then, otherwise)
        theta = self._moment.weights.theta if self._moment is not None else None
        self.question_asked.emit(number, probe, arguments, theta)
        return number

    def keep(self, then: Callable[[int], object], otherwise: Otherwise | None = None) -> None:
        """Have the run's state recorded as it stands: `then(step)` or `otherwise(ended)`."""
        self.keep_wanted.emit(self._questions.add(then, otherwise))

    @property
    def asking(self) -> bool:
        """Whether a question is still to be answered."""
        return bool(self._questions)

    def waits_for(self, question: int) -> bool:
        """Whether this question is still to be answered."""
        return question in self._questions

    @property
    def answers(self) -> bool:
        """Whether questions are answered soon: there is a run, and it is alive."""
        return self.status in (Status.IDLE, Status.PLAYING, Status.FINISHED)

    def teach(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        """Have the network learn pictures (N, 28, 28) with labels (N,) at once."""
        self._teaching = True
        self.lesson_wanted.emit(images, labels)

    def unlearn(self) -> None:
        """Take the last lesson back."""
        self.unlearn_wanted.emit()

    # -- reports of the services --------------------------------------------------------------

    def hear_answer(self, question: int, answer: Any, ended: bool = False) -> None:
        """The run answered; None where it refused, or has ended."""
        self._questions.answer(question, answer, ended)

    def refuse_all(self) -> bool:
        """The run has ended: it answers nothing any more. Whether a lesson ended with it."""
        self._questions.end()
        teaching = self._teaching
        if teaching:
            self.end_lesson(None)
        return teaching

    def hear_learning(self, sure: float) -> None:
        """A lesson goes on; so sure is the network of what it finds hardest."""
        self.learning.emit(sure)

    def end_lesson(self, lesson: FinetuneReport | None) -> None:
        """A lesson is over; None where it was taken back or refused."""
        self._teaching = False
        self.lesson_ended.emit(lesson)
