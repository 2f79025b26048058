"""Asks for files: in the folder where their kind was last, names with their ending, and nothing is
overwritten without a word.
"""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.translation import tr
from hellodl_gui.state.recent_folders import last_folder, used_folder

_SHARED = ".png", ".svg", ".mp4", ".gif", ".csv"


def ask_open(parent: QWidget | None, title: str, kind: str, filters: str = "") -> Path | None:
    """A file that is there, or None. `kind` is what it is for, such as “photo”."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(last_folder(kind)), filters)
    if not name:
        return None
    used_folder(kind, Path(name).parent)
    return Path(name)


def ask_folder(parent: QWidget | None, title: str, kind: str) -> Path | None:
    """A folder, or None."""
    name = QFileDialog.getExistingDirectory(parent, title, str(last_folder(kind)))
    if not name:
        return None
    used_folder(kind, Path(name).parent)
    return Path(name)


def ask_save(parent: QWidget | None, title: str, kind: str, name: str, filters: str) -> Path | None:
    """Where a file is to be written, or None."""
    start = str(last_folder(kind) / name)
    chosen, _ = QFileDialog.getSaveFileName(parent, title, start, filters)
    if not chosen:
        return None
    used_folder(kind, Path(chosen).parent)
    return Path(chosen)


def ask_where(
    parent: QWidget | None, title: str, start: Path, kind: str, ending: str
) -> Path | None:
    """A path that ends in `ending` (with its dot), or None where the person thought better.

    A `start` without a folder is looked for where such files were last put.
    """
    group = "share" if ending in _SHARED else ending
    if start.parent == Path():
        start = last_folder(group) / start
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
    used_folder(group, path.parent)
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
