"""Close-up of one feature map: its numbers, and how much each contributes to the decision."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button, tool_button
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import hbox
from hellodl_gui.ui.mosaic.number_grid import NumberGrid

_LARGE = 0.1  # of shares with such a largest one more than two decimals say nothing

Map = NDArray[np.float32]


class MapCloseUp(QWidget):
    """Signals: `pointed(int, int)` row and column under the pointer; `top_activations_wanted()`
    somebody asks what the unit likes; `closed()`.
    """

    pointed = Signal(int, int)
    top_activations_wanted = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = ElidedLabel()
        self.like = push_button(
            tr("Strongest inputs"),
            tr("Show its strongest samples, its dream and its weights in their panels"),
            self.top_activations_wanted,
        )
        close = tool_button("✕", tr("All maps again (Esc)"), self.closed)
        self._map = NumberGrid(tr("Output of the unit"))
        self._share = NumberGrid(tr("Contribution to the lead"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.addLayout(hbox((self._title, 1), self.like, close), 0, 0, 1, 2)
        self._heads = []
        for place, shown in enumerate((self._map, self._share)):
            shown.pointed.connect(self._on_pointed)
            shown.setToolTip(shown.accessibleName())
            label = quiet(QLabel(shown.accessibleName()))
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._heads.append(label)
            grid.addWidget(label, 2, place)
            grid.addWidget(shown, 1, place)
            grid.setColumnStretch(place, 1)
        grid.setRowStretch(1, 1)
        self.setFocusProxy(self._map)
        self._strongest = (0, 0)

    def show_map(self, title: str, numbers: Map, share: Map | None) -> None:
        """Show numbers (H, W), and what they add (H, W) where that is known."""
        self._title.say(title)
        self._map.set_numbers(numbers)
        self._share.setVisible(share is not None)
        self._heads[1].setVisible(share is not None)
        if share is not None:
            most = float(np.abs(share).max(initial=0.0))
            self._share.set_numbers(np.round(share, 2 if most > _LARGE else 5) + np.float32(0))
        told = np.abs(numbers if share is None else share)
        row, column = np.unravel_index(int(np.nan_to_num(told).argmax()), told.shape)
        self._strongest = int(row), int(column)

    def point_out(self) -> None:
        """Put the ring on the number that adds most, or is the largest."""
        self._on_pointed(*self._strongest)

    def _on_pointed(self, row: int, column: int) -> None:
        for shown in (self._map, self._share):
            shown.set_current((row, column))
        self.pointed.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
