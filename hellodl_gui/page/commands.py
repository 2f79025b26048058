"""Every change of boxes as a command that can be undone; one drag is one command."""

from PySide6.QtGui import QUndoCommand

from core.ocr.boxes import Box
from hellodl_gui.state.page_document import PageDocument

Change = dict[int, tuple[Box | None, Box | None]]
_MERGING = 1


class ChangeBoxes(QUndoCommand):
    """Boxes before and after; None where a box did not exist.

    Commands with the same `gesture` on the same boxes merge: a drag, or a row of nudges.
    """

    def __init__(self, document: PageDocument, text: str, change: Change, gesture: int = 0) -> None:
        super().__init__(text)
        self._document = document
        self._change = change
        self._gesture = gesture

    def id(self) -> int:
        """Whether Qt shall try to merge at all."""
        return _MERGING if self._gesture else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in a later command of the same gesture."""
        if (
            not isinstance(other, ChangeBoxes)
            or other._gesture != self._gesture
            or other._change.keys() != self._change.keys()
        ):
            return False
        self._change = {
            id: (before, other._change[id][1]) for id, (before, _) in self._change.items()
        }
        return True

    def redo(self) -> None:
        """Put the boxes as they are afterwards."""
        self._apply(1)

    def undo(self) -> None:
        """Put the boxes as they were."""
        self._apply(0)

    def _apply(self, side: int) -> None:
        for id, states in self._change.items():
            box = states[side]
            if box is not None:
                self._document.put(box)
            elif id in self._document.boxes:
                self._document.drop(id)
