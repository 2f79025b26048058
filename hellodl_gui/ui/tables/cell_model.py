"""Base of all table models: a failing cell is empty and logged; tool tips are plain text.

An exception inside `data` is raised while Qt paints, where nobody can catch it. Tips hold notes,
tags and names of files; taken for rich text they would fetch pictures, also over the network.
"""

import html
import logging
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt

from hellodl_gui.ui.tables.row_table import Index

_LOG = logging.getLogger("hellodl")


def plain_tip(text: str) -> str:
    """A tip that shows just these signs, whatever they look like."""
    if "<" not in text:
        return text
    return f"<qt>{html.escape(text, quote=False).replace(chr(10), '<br>')}</qt>"


class CellModel(QAbstractTableModel):
    """Subclasses give `cell`; a cell that fails is empty, which is logged once."""

    _failed = False

    def cell(self, index: Index, role: int) -> Any:
        """What `data` gives, tips as plain text."""
        raise NotImplementedError

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell, or something about it."""
        try:
            found = self.cell(index, role)
        except Exception:
            if not self._failed:
                self._failed = True
                _LOG.exception("A cell of %s cannot be shown", type(self).__name__)
            return None
        is_tip = role == Qt.ItemDataRole.ToolTipRole
        return plain_tip(found) if is_tip and isinstance(found, str) else found
