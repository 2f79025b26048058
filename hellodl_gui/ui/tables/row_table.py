"""Base of all tables in which whole rows are selected."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

Index = QModelIndex | QPersistentModelIndex
ENTER = Qt.Key.Key_Return, Qt.Key.Key_Enter
_PRECISION = 50  # rows that are looked at for a column's width


class RowTable(QTableView):
    """No grid, no numbers beside the rows; a double click or F2 types where one may.

    Attributes: `keys`, what a key does with the chosen places, of which there is at least one.
    Signals: `opened(int)`, the place of a row, by Enter.
    """

    opened = Signal(int)

    def __init__(self, several: bool, padding: int = 0) -> None:
        """`several`: more than one row can be chosen; a row is a line and `padding` high."""
        super().__init__()
        modes = QAbstractItemView.SelectionMode
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + padding)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setResizeContentsPrecision(_PRECISION)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.keys: dict[Qt.Key, Callable[[list[int]], object]] = dict.fromkeys(
            ENTER, lambda places: self.opened.emit(places[0])
        )

    def places(self) -> list[int]:
        """Of the chosen rows, from top to bottom as they stand."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """One of `keys`, unless somebody writes into a cell: keys are letters then."""
        typing = self.state() == QAbstractItemView.State.EditingState
        places, act = [] if typing else self.places(), self.keys.get(Qt.Key(event.key()))
        if act is not None and places:
            act(places)
        else:
            super().keyPressEvent(event)
