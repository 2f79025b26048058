"""Base of all tables in which whole rows are selected."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtWidgets import QAbstractItemView, QTableView

Index = QModelIndex | QPersistentModelIndex


class RowTable(QTableView):
    """No grid, no numbers beside the rows; a double click or F2 types where one may."""

    def __init__(self, several: bool) -> None:
        """`several`: whether more than one row can be chosen."""
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
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    @property
    def typing(self) -> bool:
        """Whether somebody writes into a cell: keys are letters then."""
        return self.state() == QAbstractItemView.State.EditingState

    def places(self) -> list[int]:
        """Of the chosen rows, from top to bottom as they stand."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())
