"""Settings with panels, and a page project, that an older window saved."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapters
from core.ocr.boxes import CharacterBox, Rect
from hellodl_gui.app.dock_layout_json import describe
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.page.page_project import PageViewport, is_project, unpack_project
from hellodl_gui.services.settings import Settings
from tests.core.compat.old_files import EXPECTED, FILES, digest


def test_the_window_stands_as_it_stood(qtbot: QtBot, tmp_path: Path) -> None:
    path = Path(shutil.copy(FILES / "settings.ini", tmp_path))
    settings = Settings(QSettings(str(path), QSettings.Format.IniFormat))
    assert (settings.chapter, settings.theme, settings.quiet) == ("learning", "light", True)
    assert settings.recent_pages == ("/photos/letter.jpg", "/photos/list.png")
    assert not settings.geometry.isEmpty()
    window = MainWindow(chapters(), settings)
    qtbot.addWidget(window)
    window.show()
    for _ in range(5):
        QApplication.processEvents()
    assert window.state.training.chapter.key == "learning"
    now = {row[0][0]: row for row in json.loads(describe(window, window.docks))}
    for keys, *place in EXPECTED["layout"]:
        stands, *there = now[keys[0]]
        assert stands == keys, "behind one another, in their order"
        assert there[4:] == place[4:], "in front, or in a window of its own"
    assert window.docks.by_key["confusion"].isFloating()
    assert len(now) == len(EXPECTED["layout"])
    window.docks.by_key["confusion"].setFloating(False)  # or it outlives the test
    window.close()


def test_a_page_project_opens() -> None:
    was = EXPECTED["page"]
    path = FILES / "page.hdlpage"
    assert is_project(path)
    project = unpack_project(path)
    assert project.boxes == (
        CharacterBox(0, Rect(10, 20, 30, 40), 0, "4"),
        CharacterBox(1, Rect(50.5, 20, 30, 40), 0),
        CharacterBox(2, Rect(11, 70, 28.25, 33), 1, "g"),
    )
    assert project.view == PageViewport(2.0, 30, 40, 0.7)
    page = project.page
    assert page.photo.path.name == was["name"]
    assert digest(page.photo.pixels) == was["pixels"]
    assert page.threshold == pytest.approx(was["threshold"], abs=1e-6)
    assert {key: float(value) for key, value in asdict(page.settings).items()} == was["settings"]
