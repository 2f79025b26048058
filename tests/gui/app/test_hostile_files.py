"""Bad files dropped on the window or chosen in its dialogs: a sentence each, and all goes on."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.sources.registry import source
from core.paths import resource
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.features.data.panel import DataPanel
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.kit import lab_state
from tests.gui.page.kit import empty_panel
from tests.gui.windows import show_window

PATIENCE = 120_000


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path / "home"))


@pytest.fixture
def bad(tmp_path: Path) -> list[Path]:
    """Ten files and places of which none is what it should be."""
    folder = tmp_path / "bad"
    folder.mkdir()
    contents = {
        "empty.jpg": b"",
        "text.png": b"<html>Please log in</html>",
        "half.jpg": resource("pages/digits.jpg").read_bytes()[:3000],
        "page.hdlpage": b"PK\x03\x04 and so on",
        "<b>bold<img src=x>.png": b"\x89PNG\r\n\x1a\n",
        "two\nlines.jpg": b"no",
        "weights.safetensors": b"\xff" * 100,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.jpg").mkdir()
    (folder / "circle.jpg").symlink_to(folder / "circle.jpg")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jpg")
    return sorted([*folder.iterdir(), folder / "gone.jpg"])


def _named(path: Path) -> str:
    """What of a name every sentence shows."""
    return path.name if path.name.isprintable() else path.name.partition("\n")[0]


def _answers(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[PagePanel]:
    panel = empty_panel()
    qtbot.addWidget(panel)
    panel.show()
    panel.open_path(resource("pages/digits.jpg"))
    qtbot.waitUntil(lambda: panel.document.page is not None, timeout=PATIENCE)
    yield panel
    panel.close_down()


def _drop(panel: PagePanel, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enters = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys)
    panel.dragEnterEvent(enters)
    assert enters.isAccepted()
    panel.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys))


def _choose(monkeypatch: pytest.MonkeyPatch) -> Callable[[PagePanel, Path], None]:
    def choose(panel: PagePanel, path: Path) -> None:
        _answers(monkeypatch, path)
        panel.choose_file()

    return choose


@pytest.mark.parametrize("way", ["drop", "dialog"])
def test_the_page_stays_and_says_what_is_wrong(
    qtbot: QtBot, page: PagePanel, bad: list[Path], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    opens = _drop if way == "drop" else _choose(monkeypatch)
    shown, boxes = page.document.page, len(page.document.boxes)
    bar = MessageBar(page)
    page.state.messages.notified.connect(lambda said: bar.say(said.level, said.text))
    page.state.messages.retracted.connect(bar.withdraw)
    assert boxes
    for path in bad:
        opens(page, path)
        qtbot.waitUntil(lambda: bool(page.told), timeout=PATIENCE)
        (said,) = bar.texts()
        assert _named(path) in said and said.endswith("."), path
        assert "Traceback" not in said and "Error" not in said, said
        assert page.document.page is shown and len(page.document.boxes) == boxes
        labels = bar.findChildren(QLabel)
        assert all(one.textFormat() == Qt.TextFormat.PlainText for one in labels if one.wordWrap())
    _drop(page, resource("pages/digits.jpg"))
    qtbot.waitUntil(lambda: page.document.page is not shown, timeout=PATIENCE)
    assert not bar.texts()


@pytest.fixture
def data(qtbot: QtBot) -> Iterator[DataPanel]:
    images, labels = np.zeros((6, 28, 28), np.uint8), np.arange(6, dtype=np.uint8) % 2
    some = Dataset.from_images("some", images, labels, ("a", "b"))
    digits = chapter("digits")
    panel = DataPanel(lab_state(digits, some))
    qtbot.addWidget(panel)
    panel.show()
    panel.draw(0.0)
    qtbot.waitUntil(lambda: panel.loaded is not None, timeout=PATIENCE)
    yield panel
    panel.close_down()


@pytest.mark.parametrize("key", ["csv", "idx", "folder", "emnist-letters", "cifar10"])
def test_the_data_panel_says_what_is_wrong_and_offers_the_way_again(
    qtbot: QtBot, data: DataPanel, bad: list[Path], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    for path in bad:
        data._source = source(key)
        _answers(monkeypatch, path)
        with qtbot.waitSignal(data._loader.failed, timeout=PATIENCE) as failed:
            data._choose_place()
        (said,) = failed.args
        assert _named(path) in said and said.endswith("."), said
        assert "Error" not in said, said
        assert data.loaded is None and not data._loader.busy
        assert any(said in one.text() for one in data.findChildren(QLabel) if one.isVisible())


def test_the_weights_loader_says_what_is_wrong_and_keeps_the_network(
    qtbot: QtBot, tmp_path: Path, bad: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = show_window(qtbot, tmp_path)
    restarts: list[object] = []
    window.state.training.restarted.connect(lambda: restarts.append(None))
    for path in bad:
        _answers(monkeypatch, path)
        window._messages.clear()
        window.actions_by_key["load_file"].trigger()
        (said,) = window._messages.texts()
        assert _named(path) in said and said.endswith("."), said
        assert "Error" not in said, said
    assert not restarts
    window.close()
