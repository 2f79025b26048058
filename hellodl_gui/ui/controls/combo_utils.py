"""Replaces the items of a combo box without signals."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox


def replace_items(
    combo: QComboBox, names: Sequence[str], chosen: int = 0, tips: Sequence[str] = ()
) -> None:
    """Offer these instead, with tool tips if there are any; the box tells nobody of it."""
    with QSignalBlocker(combo):
        combo.clear()
        combo.addItems(names)
        for place, tip in enumerate(tips):
            combo.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        combo.setCurrentIndex(chosen)
