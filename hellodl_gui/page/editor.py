"""What can be done to boxes, each as one step that can be undone; every change is read at once."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoStack

from core.ocr.boxes import Box, Rect
from core.ocr.page import Page
from core.ocr.reading import Reading
from hellodl_gui.page.commands import Change, ChangeBoxes
from hellodl_gui.state.page_document import PageDocument

PageReaderFn = Callable[[Page, Sequence[Rect]], list[Reading]]


def tr(text: str) -> str:
    """Translated, in the context of the page."""
    return QCoreApplication.translate("Page", text)


class Editor:
    """Turns a person's intents into commands on a document. Attributes: `document`, `undo`."""

    def __init__(self, document: PageDocument) -> None:
        self.document = document
        self.undo = QUndoStack()
        self._read: PageReaderFn | None = None
        self._gestures = itertools.count(1)
        document.boxes_changed.connect(self._on_boxes)

    def set_reader(self, read: PageReaderFn | None) -> None:
        """Who reads boxes; None while nobody can."""
        self._read = read
        self.read_all()

    def read_all(self) -> None:
        """Read every box with the network as it is."""
        self._on_boxes(self.document.boxes.keys())

    def new_gesture(self) -> int:
        """A number under which the steps of one drag become one command."""
        return next(self._gestures)

    def place(self, rects: dict[int, Rect], text: str, gesture: int = 0) -> None:
        """Put boxes elsewhere."""
        boxes = self.document.boxes
        change: Change = {
            id: (boxes[id], replace(boxes[id], rect=rect))
            for id, rect in rects.items()
            if rect != boxes[id].rect
        }
        self._push(text, change, gesture)

    def move_selected(self, dx: float, dy: float, gesture: int = 0) -> None:
        """Move the chosen boxes by pixels of the page, as far as the page goes."""
        width, height = self.document.size
        boxes = self.document.boxes
        moved = {
            id: boxes[id].rect.moved(dx, dy).clamped(width, height) for id in self.document.selected
        }
        self.place(moved, tr("Move box"), gesture)

    def grow_selected(self, dw: float, dh: float, gesture: int = 0) -> None:
        """Make the chosen boxes wider and higher by pixels of the page."""
        boxes = self.document.boxes
        grown = {
            id: replace(boxes[id].rect, w=boxes[id].rect.w + dw, h=boxes[id].rect.h + dh)
            for id in self.document.selected
        }
        self.place(grown, tr("Resize box"), gesture)

    def add(self, rect: Rect) -> None:
        """A box where a person drew one; it is chosen."""
        document = self.document
        box = Box(document.new_id(), rect, document.line_near(rect))
        self._push(tr("Add box"), {box.id: (None, box)})
        document.select({box.id})

    def duplicate_selected(self) -> None:
        """Copies beside the chosen boxes; the copies are chosen."""
        document = self.document
        copies = []
        for id in sorted(document.selected):
            box = document.boxes[id]
            copies.append(replace(box, id=document.new_id(), rect=box.rect.moved(box.rect.w, 0)))
        self._push(tr("Duplicate box"), {box.id: (None, box) for box in copies})
        document.select(box.id for box in copies)

    def delete_selected(self) -> None:
        """Take the chosen boxes away; the next one in reading order is chosen."""
        document = self.document
        order = [box.id for box in document.in_order()]
        rest = [id for id in order if id not in document.selected]
        if not document.selected:
            return
        first = min(order.index(id) for id in document.selected)
        self._push(tr("Delete box"), {id: (document.boxes[id], None) for id in document.selected})
        document.select(rest[min(first, len(rest) - 1) :][:1] if rest else ())

    def type_char(self, char: str) -> None:
        """Say what truly stands in the chosen boxes."""
        boxes = self.document.boxes
        change: Change = {
            id: (boxes[id], replace(boxes[id], char=char)) for id in self.document.selected
        }
        self._push(tr("Correct to “{char}”").format(char=char), change)

    def replace_all(self, boxes: Iterable[Box]) -> None:
        """Other boxes instead of all there are, as one step."""
        document = self.document
        change: Change = {id: (box, None) for id, box in document.boxes.items()}
        for box in boxes:
            fresh = replace(box, id=document.new_id())
            change[fresh.id] = (None, fresh)
        document.select(())
        self._push(tr("Find characters"), change)

    def step_selection(self, by: int) -> None:
        """Choose the next box in reading order, or the one before."""
        order = [box.id for box in self.document.in_order()]
        if not order:
            return
        chosen = [i for i, id in enumerate(order) if id in self.document.selected]
        at = (chosen[-1] + by) % len(order) if chosen else (0 if by > 0 else len(order) - 1)
        self.document.select({order[at]})

    def _push(self, text: str, change: Change, gesture: int = 0) -> None:
        if change:
            self.undo.push(ChangeBoxes(self.document, text, change, gesture))

    def _on_boxes(self, ids: Iterable[int]) -> None:
        document = self.document
        if self._read is None or document.page is None:
            return
        present = [id for id in ids if id in document.boxes]
        readings = self._read(document.page, [document.boxes[id].rect for id in present])
        if readings:
            document.set_readings(dict(zip(present, readings, strict=True)))
