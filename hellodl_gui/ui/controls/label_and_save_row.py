"""Row to label a drawing, save it, and fine-tune the network on it."""

from PySide6.QtCore import QRegularExpression, Qt, Signal, Slot
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.labels import ElidedLabel, label_of, quiet
from hellodl_gui.ui.layout.boxes import hbox


class LabelAndSaveRow(QWidget):
    """A field for one letter or digit, Keep, Teach, Take back, and what came of it.

    Signals: `keep_wanted(str)` and `teach_wanted(str)` with the typed character;
    `take_back_wanted()`.
    """

    keep_wanted = Signal(str)
    teach_wanted = Signal(str)
    take_back_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
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
            lambda: self.teach_wanted.emit(self.field.text()),
        )
        self._back = push_button(
            tr("Take back"),
            tr("Put the weights back as they were before the last lesson"),
            self.take_back_wanted,
        )
        self._back.hide()
        self._words = quiet(ElidedLabel())
        hbox(
            label_of(tr("This is a"), self.field), self.field, self._keep, self._teach, self._back,
            (self._words, 1), spacing=6, on=self,
        )  # fmt: skip
        self._update()

    def set_state(self, drawn: bool, teachable: bool, classes: tuple[str, ...]) -> None:
        """Whether there is a drawing and a network that can learn now; what it tells apart."""
        if (drawn, teachable, classes) != (self._drawn, self._teachable, self._classes):
            self._drawn, self._teachable, self._classes = drawn, teachable, classes
            self._update()

    def known(self, char: str) -> str | None:
        """The class that a typed character belongs to: most networks know letters of one case."""
        return next((c for c in (char, char.lower(), char.upper()) if c in self._classes), None)

    def offer_back(self, offered: bool) -> None:
        """Whether there is a lesson to take back."""
        self._back.setVisible(offered)

    def say(self, text: str) -> None:
        """What came of it."""
        self._words.say(text)

    @Slot()
    def _on_keep(self) -> None:
        if self._keep.isEnabled():
            self.keep_wanted.emit(self.field.text())

    @Slot()
    def _update(self) -> None:
        ready = self._drawn and bool(self.field.text())
        self._keep.setEnabled(ready)
        known = self.known(self.field.text()) is not None
        self._teach.setEnabled(ready and known and self._teachable)
