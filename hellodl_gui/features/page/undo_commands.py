"""Undo command for changes of boxes; one drag is one command."""

from collections.abc import Mapping

from PySide6.QtGui import QUndoCommand

from core.ocr.boxes import CharacterBox
from core.ocr.page import Page
from hellodl_gui.state.page_document import PageDocument

Change = Mapping[int, tuple[CharacterBox | None, CharacterBox | None]]
_MERGING = 1


class ChangeBoxes(QUndoCommand):
    """Boxes before and after; None where a box did not exist.

    Commands of the same `gesture` merge: a drag, or a row of nudges. One that ends where it began
    leaves the stack. Undo and redo choose the boxes they bring back, unless all were replaced.
    `pages`: how the page was looked at before and after, where that changes too.
    """

    def __init__(
        self,
        document: PageDocument,
        text: str,
        change: Change,
        gesture: int = 0,
        chooses: bool = True,
        pages: tuple[Page, Page] | None = None,
    ) -> None:
        super().__init__(text)
        self._document = document
        self._change = dict(change)
        self._gesture = gesture
        self._chooses = chooses
        self._pages = pages
        self._done = False

    def id(self) -> int:
        """Whether Qt shall try to merge at all."""
        return _MERGING if self._gesture else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in a later command of the same gesture."""
        if not isinstance(other, ChangeBoxes) or other._gesture != self._gesture:
            return False
        for id, (before, after) in other._change.items():
            self._change[id] = (self._change.get(id, (before, None))[0], after)
        if self._pages is not None and other._pages is not None:
            self._pages = self._pages[0], other._pages[1]
            # What came and went within the gesture needs no place in it.
            self._change = {id: ba for id, ba in self._change.items() if ba != (None, None)}
        same = all(before == after for before, after in self._change.values())
        self.setObsolete(same and self._pages is None)
        return True

    def redo(self) -> None:
        """Put the boxes as they are afterwards."""
        if self._pages is not None:
            self._document.set_page(self._pages[1])
        self._apply({id: after for id, (_, after) in self._change.items()}, self._done)
        self._done = True

    def undo(self) -> None:
        """Put the boxes as they were."""
        if self._pages is not None:
            self._document.set_page(self._pages[0])
        self._apply({id: before for id, (before, _) in self._change.items()}, True)

    def _apply(self, boxes: Mapping[int, CharacterBox | None], again: bool) -> None:
        if boxes:
            self._document.apply(boxes)
        else:  # the same boxes on a page looked at otherwise: they may read otherwise
            self._document.boxes_changed.emit(set(self._document.boxes))
        if again and self._chooses:
            self._document.select(id for id, box in boxes.items() if box is not None)
