"""Inspects the selected box of the page as the network receives it."""

from core.translation import tr
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.page_document import PageDocument
from hellodl_gui.state.selection import InputImage


class PageSelection:
    """Follows the selection of a page, and its box while it is moved."""

    def __init__(self, state: LabState, document: PageDocument) -> None:
        self._state = state
        self._document = document
        self._last: InputImage | None = None
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
        if len(document.selected) != 1:
            return
        (id,) = document.selected
        reading = document.readings.get(id)
        if reading is None or not reading.char:
            return
        typed, classes = document.boxes[id].char, self._state.training.test.classes
        label = classes.index(typed) if typed in classes else None
        number = 1 + [box.id for box in document.in_order()].index(id)
        words = tr("box {number} of the page")
        if typed is not None:
            words = tr("box {number} of the page, “{typed}”")
        caption = words.format(number=number, typed=typed)
        self._state.selection.select_input(InputImage(reading.image, caption, "page", label))
        self._last = self._state.selection.input
