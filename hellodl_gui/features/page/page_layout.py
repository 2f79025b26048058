"""Layout of the page panel: where photo, inspector and stage strip go."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QWidget

from hellodl_gui.features.page.inspector import BELOW, BESIDE, Inspector
from hellodl_gui.features.page.stage_strip import StageStrip
from hellodl_gui.state.page_document import PageDocument

_NARROW = 600  # pixels: narrower, the inspector lies under the page
_HIGH = 440  # pixels: in a lower panel the stages would leave no room for the page


class PageLayout:
    """The inspector goes where it leaves the photo more room, the stages where they fit.

    `middle` holds the photo and the inspector inside `outer`; `stages` is the tool that asks for
    the strip of stages.
    """

    def __init__(
        self, document: PageDocument, middle: QSplitter, outer: QWidget, inspector: Inspector,
        strip: StageStrip, stages: QAction,
    ) -> None:  # fmt: skip
        self._document = document
        self._middle, self._outer = middle, outer
        self._inspector, self._strip, self._stages = inspector, strip, stages

    def share(self, panel: QWidget) -> None:
        """Place both for the size of the panel and of the page."""
        self.place_strip(panel)
        if (layout := panel.layout()) is not None:
            layout.activate()
        self._place_inspector(panel.width())

    def place_strip(self, panel: QWidget) -> None:
        """The stages lie under the page where there is one, they are wanted, and fit."""
        fits = panel.height() >= _HIGH and self._document.page is not None
        shown = self._stages.isChecked() and fits
        if not shown:
            self._strip.enlarge("")
        self._strip.setVisible(shown)

    def _place_inspector(self, width: int) -> None:
        below = self._is_better_below(width)
        way = Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal
        if way is not self._middle.orientation():
            self._middle.setOrientation(way)
            self._inspector.lie_down(below)
            self._middle.setSizes([1_000, BELOW if below else BESIDE])
        wide, high = self._document.size
        if below and wide:  # what the photo leaves free
            room = self._outer.size()
            free = max(BELOW, room.height() - round(room.width() * high / wide))
            self._middle.setSizes([max(room.height() - free, 1), free])

    def _is_better_below(self, width: int) -> bool:
        """Whether the photo is larger with the inspector below it than beside it."""
        wide, high = self._document.size
        if not wide or not high:
            return width < _NARROW
        room = self._outer.size()
        beside = min((room.width() - BESIDE) / wide, room.height() / high)
        below = min(room.width() / wide, (room.height() - BELOW) / high)
        return below > beside
