"""Saves drawings and corrected images in My handwriting, and fine-tunes the network on them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.data.handwriting import HandwritingSample, my_handwriting
from core.errors import LabError
from core.training.finetune import FinetuneReport
from core.translation import tr
from hellodl_gui.state.lab import LabState


class HandwritingStore(QObject):
    """Attributes: `learning`, the class that is being taught, empty while none is; `lessons`, how
    many of those given here could be taken back.

    Signals: `said(str)` what came of it; `changed()` an attribute did.
    """

    said = Signal(str)
    changed = Signal()

    def __init__(self, state: LabState, undo: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self.learning = ""
        self.lessons = 0
        self._state = state
        self._undo = undo
        state.training.lesson_ended.connect(self._on_lesson)
        state.training.restarted.connect(self._forget)

    def keep(self, image: NDArray[np.uint8], label: str, origin: str | None = None) -> bool:
        """Put a picture (28, 28) into My handwriting; it can be undone. False where it cannot.

        `origin` says in a few words where it is from; None: it was drawn.
        """
        try:
            sample = my_handwriting().add(image, label, origin or tr("drawn"))
        except LabError as error:
            self._state.messages.notify("error", str(error))
            return False
        self._undo.push(_Keep(self, tr("Save “{label}”").format(label=label), sample))
        return True

    def teach(self, image: NDArray[np.uint8], label: str, origin: str | None = None) -> None:
        """Keep it, and start a lesson: it is a picture of the class called `label`."""
        if not self.keep(image, label, origin):
            return
        self.learning = label
        self.said.emit(tr("Learning “{label}” …").format(label=label))
        self.changed.emit()
        number = self._state.training.test.classes.index(label)
        self._state.training.teach(image[None], np.array([number], np.uint8))

    def hold(self, sample: HandwritingSample, there: bool, already: bool = False) -> None:
        """Have a sample in My handwriting, or not; `already`: it is as it should be."""
        store = my_handwriting()
        try:
            if there and not already:
                store.put_back(sample)
            elif not there:
                store.remove(sample.number)
            count = len(store.all())
        except LabError as error:
            self._state.messages.notify("error", str(error))
            return
        words = (
            tr("“{label}” saved: {count} in My handwriting.")
            if there
            else tr("“{label}” removed: {count} in My handwriting.")
        )
        self.said.emit(words.format(label=sample.label, count=f"{count:,}"))

    def _on_lesson(self, lesson: FinetuneReport | None) -> None:
        """A lesson is over, ours or another's; None where one was taken back or refused."""
        label, self.learning = self.learning, ""
        if lesson is not None and label:
            self.lessons += 1
            self.said.emit(self._summary(label, lesson))
        elif lesson is None and label:
            self.said.emit("")
        elif lesson is None and self.lessons:
            self.lessons -= 1
            self.said.emit(tr("The last lesson is undone."))
        self.changed.emit()

    def _summary(self, label: str, lesson: FinetuneReport) -> str:
        asked = max(lesson.asked, 1)
        shape = tr(
            "“{label}”: confidence {before:.0%} → {after:.0%}; accuracy on {asked:,} "
            "others {was:.1%} → {now:.1%}"
        )
        return shape.format(
            label=label,
            before=float(lesson.before[0]),
            after=float(lesson.after[0]),
            asked=lesson.asked,
            was=lesson.right / asked,
            now=(lesson.right + lesson.won - lesson.lost) / asked,
        )

    def _forget(self) -> None:
        """Lessons belong to the run they were given in."""
        self.learning, self.lessons = "", 0
        self.changed.emit()


class _Keep(QUndoCommand):
    """A sample that has been added to My handwriting already."""

    def __init__(self, keeper: HandwritingStore, text: str, sample: HandwritingSample) -> None:
        super().__init__(text)
        self._keeper, self._sample, self._there = keeper, sample, True

    def redo(self) -> None:
        self._keeper.hold(self._sample, there=True, already=self._there)

    def undo(self) -> None:
        self._there = False
        self._keeper.hold(self._sample, there=False)
