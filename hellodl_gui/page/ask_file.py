"""Asks where to save: names get their ending, and nothing is overwritten without a word."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from hellodl_gui.page.editor import tr


def ask_where(
    parent: QWidget | None, title: str, start: Path, kind: str, ending: str
) -> Path | None:
    """A path that ends in `ending` (with its dot), or None where the person thought better."""
    dialog = QFileDialog(parent, title, str(start), f"{kind} (*{ending})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(ending.removeprefix("."))
    accepted = dialog.exec() == QFileDialog.DialogCode.Accepted
    names = dialog.selectedFiles() if accepted else []
    dialog.deleteLater()
    if not names:
        return None
    path = Path(names[0])
    if path.name.lower().endswith(ending.lower()):
        return path
    # A name with a dot of its own gets no ending from Qt, which therefore asked about another file.
    path = path.with_name(path.name + ending)
    if path.exists():
        said = QMessageBox.question(
            parent, title, tr("{name} is there already. Replace it?").format(name=path.name)
        )
        if said != QMessageBox.StandardButton.Yes:
            return None
    return path
