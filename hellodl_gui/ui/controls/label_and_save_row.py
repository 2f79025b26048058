"""Row to label a drawing, save it, and fine-tune the network on it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRegularExpression, Qt, Signal, Slot
from PySide6.QtGui import QRegularExpressionValidator, QUndoStack
from PySide6.QtWidgets import QLineEdit, QWidget

from core.translation import tr
from hellodl_gui.services.handwriting_store import HandwritingStore
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import ElidedLabel, label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox


class LabelAndSaveRow(QWidget):
    """A field for one letter or digit, Keep, Teach, Take back, and what came of it.

    `picture` gives what is to be kept (28, 28), and where it is from, None for drawn; or None where
    there is nothing. Signals: `kept()`; `changed()` a lesson began or is over.
    """

    kept = Signal()
    changed = Signal()

    def __init__(
        self,
        state: LabState,
        undo: QUndoStack,
        picture: Callable[[], tuple[NDArray[np.uint8], str | None] | None],
    ) -> None:
        super().__init__()
        self._state, self._picture = state, picture
        self._store = HandwritingStore(state, undo, self)
        self._store.said.connect(self.say)
        self._store.changed.connect(self._on_lessons)
        self._drawn = self._teachable = False
        self._classes: tuple[str, ...] = ()
        self.field = QLineEdit()
        self.field.setMaxLength(1)
        self.field.setFixedWidth(self.field.fontMetrics().horizontalAdvance("MM") + 24)
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field.setPlaceholderText("?")
        self.field.setAccessibleName(tr("What you drew"))
        self.field.setToolTip(
            tr("The letter or digit you drew; Enter saves it. Click a bar to fill it in.")
        )
        self.field.setValidator(
            QRegularExpressionValidator(QRegularExpression("[0-9A-Za-z]"), self.field)
        )
        self.field.textChanged.connect(self._update)
        self.field.returnPressed.connect(self._on_keep)
        self._keep = push_button(
            tr("Keep"),
            tr("Save the picture the network receives in My handwriting (Enter)"),
            self._on_keep,
        )
        self._teach = push_button(
            tr("Teach"),
            tr(
                "Save it and teach it to the network now: takes a few seconds, mixed "
                "with known samples"
            ),
            self._on_teach,
        )
        self._back = push_button(
            tr("Take back"),
            tr("Put the weights back as they were before the last lesson"),
            state.training.unlearn,
        )
        self._back.hide()
        self._words = quiet(ElidedLabel())
        hbox(
            label_of(tr("This is a"), self.field), self.field, self._keep, self._teach, self._back,
            (self._words, 1), spacing=6, on=self,
        )  # fmt: skip
        self._update()

    def set_state(self, drawn: bool, teachable: bool) -> None:
        """Whether there is something to keep, and a network that could learn it."""
        teachable = teachable and not self._store.learning and self._state.timeline.moment is None
        classes = self._state.training.test.classes
        if (drawn, teachable, classes) != (self._drawn, self._teachable, self._classes):
            self._drawn, self._teachable, self._classes = drawn, teachable, classes
            self._update()

    def _known(self) -> str | None:
        """The class that the typed character belongs to: most networks know letters of one case."""
        char = self.field.text()
        return next((c for c in (char, char.lower(), char.upper()) if c in self._classes), None)

    def say(self, text: str) -> None:
        """What came of it."""
        self._words.say(text)

    @Slot()
    def _on_keep(self) -> None:
        if self._keep.isEnabled() and (found := self._picture()) is not None:
            self._store.keep(found[0], self._known() or self.field.text(), found[1])
            self.kept.emit()

    @Slot()
    def _on_teach(self) -> None:
        label = self._known()
        if label is not None and (found := self._picture()) is not None:
            self._store.teach(found[0], label, found[1])

    def _on_lessons(self) -> None:
        self._back.setVisible(self._store.lessons > 0)
        self.changed.emit()

    @Slot()
    def _update(self) -> None:
        ready = self._drawn and bool(self.field.text())
        self._keep.setEnabled(ready)
        self._teach.setEnabled(ready and self._known() is not None and self._teachable)
