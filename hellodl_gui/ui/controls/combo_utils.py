"""Combo boxes made in one call, and the exchange of their items without signals."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox

from core.translation import tr
from hellodl_gui.ui.controls.buttons import Act
from hellodl_gui.ui.controls.elided_combo import ElidedCombo
from hellodl_gui.ui.controls.inputs import ComboBox


def combo_box(
    name: str, tip: str, items: Iterable[str | tuple[str, object]] = (), *,
    changed: Act | None = None, activated: Act | None = None, least: int = 0, elided: bool = False,
) -> ComboBox:  # fmt: skip
    """A choice of `items`, each a text, or a text and its data.

    `changed(index)` is called for every other choice, `activated(index)` for a person's only. Where
    `least` is given it is wide enough for so many characters, however long the items are.
    """
    combo = ElidedCombo() if elided else ComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tip)
    for item in items:
        combo.addItem(*((item,) if isinstance(item, str) else item))
    if least:
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(least)
    if changed is not None:
        combo.currentIndexChanged.connect(changed)
    if activated is not None:
        combo.activated.connect(activated)
    return combo


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


def offer_classes(combo: QComboBox, classes: Sequence[str], first: int = -1) -> None:
    """Offer “all” and these classes; `first` is chosen, -1 for all. The same stay as they are."""
    names = [tr("all"), *classes]
    if [combo.itemText(place) for place in range(combo.count())] != names:
        replace_items(combo, names, first + 1)


def chosen_class(combo: QComboBox) -> int | None:
    """The class that is chosen; None for the first entry, which stands for all or for none."""
    return combo.currentIndex() - 1 if combo.currentIndex() > 0 else None
