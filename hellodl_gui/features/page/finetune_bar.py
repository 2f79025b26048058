"""Fine-tuning bar: teaches the network the letters typed by hand, and reports the effect."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from core.formatting import tr_format
from core.ocr.limits import alphabet
from core.training.finetune import FinetuneReport
from core.translation import tr
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.layout.boxes import hbox

_NAMED = 12
_AROUND = 14  # pixels above and below two lines of text
_SETTLED_MS = 400  # after a lesson the page is read again within so long


class FinetuneBar(QWidget):
    """One line under the page. It offers to teach what was typed, and tells what a lesson did.

    Attributes: `classes`, what the network of the day can learn.

    Signals: `wanted(images, labels)`, pictures (N, 28, 28) and class indices (N,), both uint8;
    `taken_back()`; `kept(list)`, pairs of picture and letter that were taught.
    """

    wanted = Signal(object, object)
    taken_back = Signal()
    kept = Signal(object)

    def __init__(self, document: PageDocument) -> None:
        super().__init__()
        self._document = document
        self.classes: tuple[str, ...] = ()
        self._taught: dict[int, str] = {}
        self._in_hand: dict[int, str] = {}
        self._kept: dict[int, str] = {}
        self._read_before: dict[int, str] = {}
        self._lesson: FinetuneReport | None = None
        self._lessons: list[dict[int, str]] = []
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setRange(0, 100)
        self._progress.setFixedWidth(110)
        self._progress.setFormat(tr("confidence %p %"))
        self._learn = push_button(
            tr("Learn this"),
            tr(
                "Teach the network the letters you typed, mixed with samples it already "
                "knows (Ctrl+Enter). They are also saved to My handwriting."
            ),
            self._on_learn,
        )
        self._learn.setProperty("main", "true")
        self._learn.setShortcut(QKeySequence("Ctrl+Return"))
        tip = tr("Restore the weights from before the last lesson")
        self._back = push_button(tr("Undo"), tip, self._on_back)
        parts = (self._text, 1), self._progress, self._back, self._learn
        hbox(*parts, margins=(12, 4, 12, 4), on=self)
        # However long the sentence: the photo above must not move.
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing() + _AROUND)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._tell)
        document.opened.connect(self.forget)
        document.boxes_changed.connect(self._offer)
        document.readings_changed.connect(self._on_readings)
        self._offer()

    def keep_place(self) -> None:
        """Take up room while hidden too: the photo above must not move when a letter is typed."""
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def set_classes(self, classes: Sequence[str]) -> None:
        """What the network of the day can learn; lessons of another one are over."""
        self.classes = tuple(classes)
        self.forget()

    @Slot()
    def forget(self) -> None:
        """Another page or network: nothing was taught here yet."""
        self._taught, self._in_hand, self._kept, self._lessons = {}, {}, {}, []
        self._lesson = None
        self._offer()

    def hear(self, sure: float) -> None:
        """A lesson goes on; so sure is the network of its hardest letter."""
        self._progress.setValue(round(100 * sure))

    def end(self, lesson: FinetuneReport | None) -> None:
        """A lesson is over; None where there was none or it was taken back."""
        if lesson is not None:
            self._lessons.append(dict(self._in_hand))
            learnt = zip(self._in_hand.items(), lesson.learnt, strict=True)
            self._taught |= {id: char for (id, char), sits in learnt if sits}
        elif not self._in_hand and self._lessons:
            for id in self._lessons.pop():
                self._taught.pop(id, None)
                self._kept.pop(id, None)
        self._lesson = lesson
        self._in_hand = {}
        self._settled.start()

    def _new(self) -> dict[int, str]:
        """Boxes with a letter typed that the network can learn and has not been taught."""
        found = {}
        for id, box in self._document.boxes.items():
            char = None if box.char is None else self._known(box.char)
            if char is not None and self._document.read(id) and self._taught.get(id) != char:
                found[id] = char
        return found

    def _foreign(self) -> str:
        """What was typed and is none of the network's classes, in a sentence; "" without any."""
        typed = {id: box.char for id, box in self._document.boxes.items() if box.char is not None}
        foreign = {id: char for id, char in typed.items() if self._known(char) is None}
        if not foreign or not self.classes:
            return ""
        words = tr("{letters}: not among {classes}, so only the text changes.")
        return words.format(letters=_named(foreign), classes=alphabet(self.classes))

    def _goes_on(self, new: dict[int, str]) -> bool:
        """Whether some of these letters are what the last lesson did not get right."""
        return bool(self._lessons) and bool(self._lessons[-1].items() & new.items())

    def _unlearnt(self) -> dict[int, str]:
        """The letters of the last lesson whose boxes still say the same: they are taught together,
        so that none is forgotten for another.
        """
        boxes = self._document.boxes
        return {
            id: char
            for id, char in self._lessons[-1].items()
            if id in boxes and self._known(boxes[id].char or "") == char
        }

    def _known(self, typed: str) -> str | None:
        """The class that a typed letter belongs to: letters here have one case."""
        return next((c for c in (typed, typed.lower(), typed.upper()) if c in self.classes), None)

    @Slot()
    def _on_learn(self) -> None:
        new = self._new()
        self._in_hand = (self._unlearnt() if self._goes_on(new) else {}) | new
        self._lesson = None
        readings = self._document.readings
        self._read_before = {id: reading.char for id, reading in readings.items()}
        pictures = {id: readings[id].image for id in self._in_hand}
        labels = [self.classes.index(char) for char in self._in_hand.values()]
        self._progress.setValue(0)
        self._offer()
        unknown = {id: c for id, c in self._in_hand.items() if self._kept.get(id) != c}
        self.kept.emit([(pictures[id], char) for id, char in unknown.items()])
        self._kept |= self._in_hand
        self.wanted.emit(np.stack([*pictures.values()]), np.array(labels, np.uint8))

    @Slot()
    def _on_back(self) -> None:
        self._lesson = None
        self.taken_back.emit()

    def _on_readings(self, ids: object) -> None:
        if self._lesson is None:
            self._offer()

    def _offer(self, *_: object) -> None:
        """Say what could be taught; nothing to say, nothing to see."""
        if self._settled.isActive():
            return
        busy, new, foreign = bool(self._in_hand), self._new(), self._foreign()
        if busy:
            self._text.setText(tr("Learning {letters} …").format(letters=_named(self._in_hand)))
        elif new and not (self._lesson is not None and self._goes_on(new)):
            self._lesson = None
            said = tr("You typed {letters}: the network can learn from this.")
            self._text.setText(f"{said.format(letters=_named(new))} {foreign}".strip())
        elif self._lesson is None:
            self._text.setText(foreign or tr("The last lesson can be undone."))
        self._progress.setVisible(busy)
        self._learn.setText(tr("Continue") if self._goes_on(new) else tr("Learn this"))
        self._learn.setVisible(bool(new) and not busy)
        self._back.setVisible(bool(self._lessons) and not busy)
        self.setVisible(busy or bool(new) or bool(self._lessons) or bool(foreign))

    @Slot()
    def _tell(self) -> None:
        """The page has been read again: say what is better and what is worse."""
        lesson = self._lesson
        self._offer()
        if lesson is None or self._lesson is None:
            return
        letters = list(self._lessons[-1].values()) if self._lessons else []
        wrong = [char for char, sits in zip(letters, lesson.learnt, strict=False) if not sits]
        turned = Counter(
            f"{self._read_before[id]} → {reading.char}"
            for id, reading in self._document.readings.items()
            if id in self._read_before and self._read_before[id] != reading.char
        )
        changed = [f"{one} ({n}×)" if n > 1 else one for one, n in turned.most_common(_NAMED)]
        still = tr_format(" (still wrong: {letters})", letters=", ".join(wrong)) if wrong else ""
        learnt = tr_format(
            "Learnt {right} of {all} in {steps} mini-batches{wrong}.",
            lesson,
            right=int(lesson.learnt.sum()),
            all=len(lesson.after),
            wrong=still,
        )
        check = tr_format(
            "Check on {asked:,} test pictures: {before:1%} before, {after:1%} now "
            "({won} fixed, {lost} broken).",
            lesson,
            before=lesson.right / lesson.asked,
            after=(lesson.right + lesson.won - lesson.lost) / lesson.asked,
        )
        here = (
            tr("On this page: {changed}.") if changed else tr("Nothing else on this page changed.")
        )
        here = here.format(changed=", ".join(changed))
        self._text.setText(f"{learnt} {check} {here}")


def _named(letters: dict[int, str]) -> str:
    names = sorted(set(letters.values()))
    return ", ".join(f"“{name}”" for name in names[:_NAMED]) + (" …" if names[_NAMED:] else "")
