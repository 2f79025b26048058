"""Every text of the window goes through one translation function; longer words break nothing."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.translation import tr, tr_count, use_catalog
from hellodl_gui.app.main_window import MainWindow
from tests.gui.windows import show_window
from tests.pseudo_language import PseudoLanguage

QTS_OWN = {"Close", "Export", "Export...", "Float", "Scroll Left", "Scroll Right"}
NAMES = re.compile(r"[\w.]*(\.weight|\.bias)\b")


@pytest.fixture
def pseudo() -> Iterator[None]:
    use_catalog(PseudoLanguage())
    yield
    use_catalog(NullTranslations())


def test_fields_tags_and_counts_survive_translation(pseudo: None) -> None:
    assert tr("Back to {default}").format(default=0.5).startswith("[Báçk tó 0.5")
    assert "<b>" in tr("<b>Loss</b>") and tr("") == ""
    assert tr_count("{n} setting", "{n} settings", 3).startswith("[3 séttíñgs")


def _texts(window: QWidget) -> Iterator[tuple[QWidget | QAction, str]]:
    for action in window.findChildren(QAction):
        yield action, action.text()
    for widget in window.findChildren(QWidget):
        yield widget, widget.toolTip()
        yield widget, widget.accessibleName()
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget, widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget, widget.placeholderText()
        elif isinstance(widget, QGroupBox):
            yield widget, widget.title()
        elif isinstance(widget, QComboBox):
            yield from ((widget, widget.itemText(i)) for i in range(widget.count()))
        elif isinstance(widget, QTabBar):
            yield from ((widget, widget.tabText(i)) for i in range(widget.count()))


def _untranslated(window: MainWindow) -> set[str]:
    found = {text for _, text in _texts(window) if re.search(r"[A-Za-z]{3}", text)}
    return {t for t in found - QTS_OWN if "[" not in t and not NAMES.search(t)}


def test_no_text_escapes_translation(qtbot: QtBot, pseudo: None, tmp_path: Path) -> None:
    window = show_window(qtbot, tmp_path, 1280, 800)
    for panel in window.panels.values():
        panel.draw(0.0)
    assert not _untranslated(window)
    assert (window.width(), window.height()) == (1280, 800), "longer words made the window grow"
    window.close()
