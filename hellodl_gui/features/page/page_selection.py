"""Inspects the selected box of the page as the network receives it."""

from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.state.selection import Sample


class PageSelection:
    """Follows the selection of a page, and its box while it is moved."""

    def __init__(self, state: LabState, document: PageDocument) -> None:
        self._state = state
        self._document = document
        self._last: Sample | None = None
        document.selection_changed.connect(self.look)
        document.readings_changed.connect(self._on_readings)
        document.boxes_changed.connect(self._on_readings)

    def _on_readings(self, ids: set[int]) -> None:
        """Only what is looked at already goes on being looked at."""
        if self._state.selection.input is self._last and ids & self._document.selected:
            self.look()

    def look(self) -> None:
        """Inspect the selected box, if it has been read."""
        document = self._document
        box = document.chosen
        reading = None if box is None else document.read(box.id)
        if box is None or reading is None:
            return
        typed, classes = box.char, self._state.training.test.classes
        label = classes.index(typed) if typed in classes else None
        number = 1 + document.in_order().index(box)
        words = tr("box {number} of the page")
        if typed is not None:
            words = tr("box {number} of the page, “{typed}”")
        caption = words.format(number=number, typed=typed)
        self._state.selection.select_input(Sample("box", reading.image, label, caption))
        self._last = self._state.selection.input
