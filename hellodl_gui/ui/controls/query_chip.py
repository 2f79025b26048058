"""Query chip: which samples another panel asked for, until a click clears that."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton

from hellodl_gui.state.sample_query import SampleQuery


class QueryChip(QToolButton):
    """Hidden while nothing is asked for. Attributes: `query`, what is; None for nothing.

    Signals: `cleared()` by a click on it.
    """

    cleared = Signal()

    def __init__(self, tip: str) -> None:
        super().__init__()
        self.query: SampleQuery | None = None
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.clicked.connect(self._on_click)
        self.hide()

    def show_query(self, query: SampleQuery | None, classes: tuple[str, ...]) -> None:
        """This is asked for, of these classes."""
        self.query = query
        if query is not None:
            self.setText(f"{query.words(classes)}  ✕")
        self.setVisible(query is not None)

    def _on_click(self) -> None:
        self.show_query(None, ())
        self.cleared.emit()
