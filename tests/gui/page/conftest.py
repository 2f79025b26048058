"""The sample page, opened once, and a panel that shows it."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from core.ocr.page import Page
from core.paths import resource
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import WidthReader, empty_panel, use_reader


@pytest.fixture(scope="session")
def sample() -> Page:
    return Page.open(resource("pages/digits.jpg"))


@pytest.fixture
def panel(qtbot: QtBot, sample: Page) -> Iterator[PagePanel]:
    panel = empty_panel()
    qtbot.addWidget(panel)
    panel.resize(760, 600)
    use_reader(panel, WidthReader())
    panel.show()
    qtbot.waitExposed(panel)
    panel.controller._on_opened(sample)
    yield panel
    panel.close_down()
