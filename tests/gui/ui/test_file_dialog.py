"""Asking where to save: names get their ending, and Cancel is no name."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from hellodl_gui.ui.dialogs.file_dialog import ask_where


@pytest.mark.parametrize(
    ("typed", "ending", "got"),
    [
        ("mine", ".hdlpage", "mine.hdlpage"),
        ("mine.hdlpage", ".hdlpage", "mine.hdlpage"),
        ("v1.2", ".box", "v1.2.box"),
        ("page", ".coco.json", "page.coco.json"),
        ("page.coco.json", ".coco.json", "page.coco.json"),
    ],
)
def test_a_name_gets_its_ending(
    qtbot: QtBot, tmp_path: Path, typed: str, ending: str, got: str
) -> None:
    def type_name() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit)
        assert edit is not None
        edit.setText(str(tmp_path / typed))
        dialog.accept()

    QTimer.singleShot(100, type_name)
    assert ask_where(None, "Save", tmp_path / "start", "Files", ending) == tmp_path / got


def test_cancel_is_no_name(qtbot: QtBot, tmp_path: Path) -> None:
    QTimer.singleShot(100, lambda: QApplication.activeModalWidget().close())
    assert ask_where(None, "Save", tmp_path / "start", "Files", ".txt") is None
