"""Offers at the start to open unsaved work of a window that crashed."""

from collections.abc import Mapping

from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from core.translation import tr
from hellodl_gui.app.unsaved_work import UnsavedWork, Work, discard, find_unsaved


def offer_unsaved(
    parent: QWidget, works: Mapping[str, Work], keeper: UnsavedWork
) -> QMessageBox | None:
    """Ask, without holding anything up, whether to open what was left; None where nothing was."""
    left = next((one for one in find_unsaved() if one.files.keys() & works.keys()), None)
    if left is None:
        return None
    names = {"page": tr("corrections of a page"), "draw": tr("a drawing")}
    what = tr(" and ").join(names.get(key, key) for key in works if key in left.files)
    button = QMessageBox.StandardButton
    box = QMessageBox(
        QMessageBox.Icon.Question,
        tr("Unsaved work"),
        tr("The lab ended unexpectedly. It saved {what}. Open it now?").format(what=what),
        button.Open | button.Discard | button.Cancel,
        parent,
    )
    box.button(button.Cancel).setText(tr("Ask again later"))
    box.setDefaultButton(button.Open)

    def answer(clicked: QAbstractButton) -> None:
        said = box.standardButton(clicked)
        if said is button.Open:
            keeper.adopt(left)
            for key in works.keys() & left.files.keys():
                works[key].bring_back(left.files[key])
        elif said is button.Discard:
            discard(left)

    box.buttonClicked.connect(answer)
    box.open()
    return box
