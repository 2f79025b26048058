"""Box editor: every change of boxes as an undo command."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtGui import QUndoStack

from core.ocr.boxes import MIN_SIDE, CharacterBox, Rect, bounding_rect
from core.ocr.page import Page
from core.translation import tr
from hellodl_gui.features.page.boxes.ink_fit import cut_candidates, fit_to_ink
from hellodl_gui.features.page.boxes.resize_handles import Handle, resized
from hellodl_gui.features.page.page_reader import PageReader
from hellodl_gui.features.page.undo_commands import ChangeBoxes
from hellodl_gui.state.page_document import PageDocument

_USUAL_SHARE = 1 / 16  # of the page's height: a new box where there is none to compare with


class BoxEditor:
    """Turns a person's intents into commands on a document. Attributes: `document`, `undo`."""

    def __init__(self, document: PageDocument, reader: PageReader) -> None:
        self.document = document
        self.undo = QUndoStack()
        self._reader = reader
        self._gestures = itertools.count(1)

    # -- moving -------------------------------------------------------------------------------

    def new_gesture(self) -> int:
        """A number under which the steps of one drag become one command."""
        return next(self._gestures)

    def chosen(self) -> dict[int, Rect]:
        """Where the chosen boxes are."""
        return {id: self.document.boxes[id].rect for id in self.document.selected}

    def move(self, starts: Mapping[int, Rect], dx: float, dy: float, gesture: int = 0) -> None:
        """Boxes away from `starts`, all as far, no further than the page goes."""
        if not starts:
            return
        width, height = self.document.size
        rects = starts.values()
        dx = min(max(dx, -min(r.x for r in rects)), width - max(r.right for r in rects))
        dy = min(max(dy, -min(r.y for r in rects)), height - max(r.bottom for r in rects))
        boxes = self.document.boxes
        moved = {}
        for id in starts.keys() & boxes.keys():
            rect = starts[id].moved(dx, dy)
            line = self.document.line_near(rect, apart_from=starts)
            moved[id] = replace(boxes[id], rect=rect, line=boxes[id].line if line is None else line)
        self._put(tr("Move box"), moved, gesture)

    def pull(
        self, starts: Mapping[int, Rect], handle: Handle, dx: float, dy: float, gesture: int = 0
    ) -> None:
        """Boxes after one of their handles was pulled away from `starts`."""
        boxes = self.document.boxes
        pulled = {
            id: replace(boxes[id], rect=resized(rect, handle, dx, dy, self.document.size))
            for id, rect in starts.items()
            if id in boxes
        }
        self._put(tr("Resize box"), pulled, gesture)

    def move_selected(self, dx: float, dy: float, gesture: int = 0) -> None:
        """Move the chosen boxes by pixels of the page."""
        self.move(self.chosen(), dx, dy, gesture)

    def grow_selected(self, dw: float, dh: float, gesture: int = 0) -> None:
        """Make the chosen boxes wider and higher by pixels of the page."""
        self.pull(self.chosen(), (1.0, 1.0), dw, dh, gesture)

    # -- adding, deleting, correcting ---------------------------------------------------------

    def add(self, rect: Rect) -> None:
        """A box where a person drew one; it is chosen."""
        document = self.document
        line = document.line_near(rect)
        box = CharacterBox(
            document.new_id(),
            rect.clamped(*document.size),
            document.new_line() if line is None else line,
        )
        self._put(tr("Add box"), {box.id: box})
        document.select({box.id})

    def add_at(self, x: float, y: float) -> None:
        """A box of the page's usual size around a place."""
        heights = sorted(box.rect.h for box in self.document.boxes.values())
        height = heights[len(heights) // 2] if heights else self.document.size[1] * _USUAL_SHARE
        width = 0.6 * height
        self.add(Rect(x - width / 2, y - height / 2, width, height))

    def duplicate_selected(self) -> None:
        """Copies beside the chosen boxes; the copies are chosen."""
        document = self.document
        copies = []
        for id in sorted(document.selected):
            box = document.boxes[id]
            beside = box.rect.moved(box.rect.w, 0).clamped(*document.size)
            copies.append(replace(box, id=document.new_id(), rect=beside))
        if copies:
            self._put(tr("Duplicate box"), {box.id: box for box in copies})
            document.select(box.id for box in copies)

    def delete_selected(self) -> None:
        """Take the chosen boxes away; the next one in reading order is chosen."""
        document = self.document
        if not document.selected:
            return
        order = [box.id for box in document.in_order()]
        first = min(order.index(id) for id in document.selected)
        rest = [id for id in order if id not in document.selected]
        self._put(tr("Delete box"), dict.fromkeys(document.selected))
        document.select(rest[min(first, len(rest) - 1) :][:1] if rest else ())

    def type_char(self, char: str | None) -> None:
        """Say what truly stands in the chosen boxes; None takes back what was typed."""
        boxes = self.document.boxes
        corrected = {id: replace(boxes[id], char=char) for id in self.document.selected}
        text = tr("Clear letter") if char is None else tr("Correct to “{char}”").format(char=char)
        self._put(text, corrected)

    def set_space(self, space: bool | None) -> None:
        """Let a space stand before the chosen box, or none; None lets the gap on the page tell."""
        document = self.document
        first = next((box for box in document.in_order() if box.id in document.selected), None)
        if first is not None:
            text = tr("Join words") if space is False else tr("Separate words")
            self._put(text, {first.id: replace(first, space=space)})

    def turn_space(self) -> None:
        """A space before the chosen box where there is none, none where there is one."""
        document = self.document
        for line in document.lines():
            for box, starts in zip(line, document.spaces(line), strict=True):
                if box.id in document.selected:
                    self.set_space(not starts)
                    return

    def forget_before(self) -> None:
        """Choose the box before the chosen one and forget the letter typed for it; or that of the
        last box itself, from which typing goes no further.
        """
        at_end = [box.id for box in self.document.in_order()[-1:] if box.char is not None]
        if self.document.selected == set(at_end) or self.step_selection(-1):
            self.type_char(None)

    # -- cutting, joining, fitting ------------------------------------------------------------

    def halve_selected(self) -> None:
        """Cut each chosen box through its middle."""
        self._cut({id: rect.x + rect.w / 2 for id, rect in self.chosen().items()})

    def split_selected(self) -> None:
        """Cut each chosen box where both parts read best, or where least ink is cut."""
        self._cut({id: self._best_cut(rect) for id, rect in self.chosen().items()})

    def split_at(self, id: int, x: float) -> None:
        """Cut one box from top to bottom at a place of the page."""
        self._cut({id: x})

    def join_selected(self) -> None:
        """One box around all chosen ones, on the line of the first in reading order."""
        document = self.document
        boxes = [box for box in document.in_order() if box.id in document.selected]
        if len(boxes) < 2:
            return
        first = boxes[0]
        whole = replace(first, rect=bounding_rect(box.rect for box in boxes), char=None)
        self._put(tr("Join boxes"), {**dict.fromkeys(document.selected), first.id: whole})
        document.select({first.id})

    def fit_selected(self) -> None:
        """Each chosen box drawn tight around its ink."""
        page, boxes = self.document.page, self.document.boxes
        if page is None:
            return
        tight = {id: fit_to_ink(page, rect) for id, rect in self.chosen().items()}
        fitted = {id: replace(boxes[id], rect=rect) for id, rect in tight.items() if rect}
        self._put(tr("Fit box to ink"), fitted)

    def _best_cut(self, rect: Rect) -> float:
        page = self.document.page
        assert page is not None
        places = cut_candidates(page, rect)
        if len(places) == 1:
            return places[0]
        readings = self._reader.read(page, [half for x in places for half in _halves(rect, x)])
        if not readings:
            return places[0]
        both = [a.p * b.p for a, b in zip(readings[::2], readings[1::2], strict=True)]
        return places[max(range(len(places)), key=both.__getitem__)]

    def _cut(self, places: Mapping[int, float]) -> None:
        """Two boxes for one, cut at x; both parts are chosen. Too narrow ones stay."""
        document = self.document
        parts: dict[int, CharacterBox] = {}
        for id, x in places.items():
            box = document.boxes[id]
            if box.rect.w < 2 * MIN_SIDE:
                continue
            left, right = _halves(box.rect, x)
            other = document.new_id()
            parts[id] = replace(box, rect=left, char=None)
            parts[other] = CharacterBox(other, right, box.line)
        self._put(tr("Split box"), parts)
        if parts:
            document.select(parts)

    def look_again(self, page: Page, gesture: int = 0) -> None:
        """The same photo with characters found anew; letters stay where they were typed."""
        document = self.document
        if document.page is None:
            return
        change: dict[int, tuple[CharacterBox | None, CharacterBox | None]] = {}
        looked_otherwise = page.settings != document.page.settings
        # The ink may be another while the places are not: then boxes moved by hand stay.
        if not looked_otherwise or page.lines != document.page.lines:
            change = {id: (box, None) for id, box in document.boxes.items()}
            typed = [box for box in document.boxes.values() if box.char is not None]
            for box in page.boxes:
                known = next((old.char for old in typed if _same_place(old.rect, box.rect)), None)
                fresh = replace(box, id=document.new_id(), char=known)
                change[fresh.id] = (None, fresh)
        document.select(())
        pages = document.page, page
        text = tr("Find characters")
        self.undo.push(ChangeBoxes(document, text, change, gesture, False, pages))

    # -- choosing -----------------------------------------------------------------------------

    def select_all(self) -> None:
        """Choose every box."""
        self.document.select(self.document.boxes)

    def step_selection(self, by: int) -> bool:
        """Choose the next box in reading order, or the one before; False past either end."""
        order = [box.id for box in self.document.in_order()]
        chosen = [place for place, id in enumerate(order) if id in self.document.selected]
        place = chosen[-1] + by if chosen else (0 if by > 0 else len(order) - 1)
        if not 0 <= place < len(order):
            return False
        self.document.select({order[place]})
        return True

    def _put(self, text: str, boxes: Mapping[int, CharacterBox | None], gesture: int = 0) -> None:
        """Put these in place of the boxes with their numbers; None takes a box away."""
        before = self.document.boxes
        change = {id: (before.get(id), box) for id, box in boxes.items() if box != before.get(id)}
        if change:
            self.undo.push(ChangeBoxes(self.document, text, change, gesture))


def _halves(rect: Rect, x: float) -> tuple[Rect, Rect]:
    """The parts left and right of x, neither narrower than a box may be."""
    x = min(max(x, rect.x + MIN_SIDE), rect.right - MIN_SIDE)
    return replace(rect, w=x - rect.x), replace(rect, x=x, w=rect.right - x)


def _same_place(one: Rect, other: Rect) -> bool:
    """Do two boxes share more than half of what they cover together?"""
    w = min(one.right, other.right) - max(one.x, other.x)
    h = min(one.bottom, other.bottom) - max(one.y, other.y)
    if w <= 0 or h <= 0:
        return False
    return w * h > 0.5 * (one.w * one.h + other.w * other.h - w * h)
