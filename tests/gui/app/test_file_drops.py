"""Files that are dropped, several at once too; where dialogs start; files named on the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.paths import resource
from hellodl_gui import __main__ as start
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.state.recent_folders import (
    folders_text,
    last_folder,
    restore_folders,
    used_folder,
)
from hellodl_gui.ui.dialogs.file_dialog import ask_open
from tests.gui.windows import show_window

PATIENCE = 120_000
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """Without a training process; what it would open is told in `opened`."""
    window = show_window(qtbot, tmp_path)
    yield window
    window.close()


@pytest.fixture
def opened(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(window._drops, "_open_lab", lambda path: names.append(path.name))
    monkeypatch.setattr(window.page, "open_path", lambda path: names.append(path.name))
    return names


def drop(target: QWidget, data: QMimeData) -> bool:
    copy = Qt.DropAction.CopyAction
    enters = QDragEnterEvent(QPoint(9, 9), copy, data, LEFT, NONE)
    enters.ignore()
    QApplication.sendEvent(target, enters)
    if enters.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(9, 9), copy, data, LEFT, NONE))
    return enters.isAccepted()


def files(folder: Path, *names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder / name)) for name in names])
    for name in names:
        (folder / name).touch()
    return data


@pytest.mark.parametrize("on_page", [True, False])
def test_of_several_photos_one_is_opened_and_the_others_are_named_and_at_hand(
    window: MainWindow, opened: list[str], tmp_path: Path, on_page: bool
) -> None:
    assert drop(window.page if on_page else window, files(tmp_path, "a.jpg", "b.png", "c.jpg"))
    assert opened == ["a.jpg"]
    (said,) = window._messages.texts()
    assert "a.jpg" in said and "b.png, c.jpg" in said
    assert [Path(name).name for name in window.page.files.recent[:2]] == ["b.png", "c.jpg"]


@pytest.mark.parametrize("on_page", [True, False])
def test_a_photo_and_a_lab_dropped_together_are_both_opened(
    window: MainWindow, opened: list[str], tmp_path: Path, on_page: bool
) -> None:
    assert drop(window.page if on_page else window, files(tmp_path, "one.hdllab", "a.jpg"))
    assert sorted(opened) == ["a.jpg", "one.hdllab"]


def test_of_several_labs_the_others_are_named(
    window: MainWindow, opened: list[str], tmp_path: Path
) -> None:
    assert drop(window, files(tmp_path, "one.hdllab", "two.hdllab"))
    assert opened == ["one.hdllab"]
    assert "Not opened: two.hdllab" in window._messages.texts()[-1]


def test_a_picture_out_of_a_browser_becomes_the_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/letters.png")])
    data.setImageData(QImage(str(resource("pages/digits.jpg"))))
    assert drop(window, data)
    qtbot.waitUntil(lambda: window.page.document.page is not None, timeout=PATIENCE)
    assert window.page.document.boxes


def test_an_address_alone_is_refused_in_a_sentence(window: MainWindow, opened: list[str]) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/letters.png")])
    assert drop(window, data)
    (said,) = window._messages.texts()
    assert not opened and "example.org" in said and "Save the picture to a file" in said


def test_messages_take_no_room_from_the_page_or_the_panels(window: MainWindow) -> None:
    (bar,) = window.findChildren(MessageBar)
    layout = window.layout()
    assert bar.parentWidget() is window and layout is not None
    assert layout.indexOf(bar) == -1, "it floats"


def test_the_page_and_the_window_say_their_sentences_in_one_place(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for n in range(3):
        window.page.message(f"Page {n}.", "warning")
        window.state.messages.notify("warning", f"Window {n}.")
    assert window._messages.texts() == ["Window 1.", "Page 2.", "Window 2."]
    blank = tmp_path / "no.png"
    blank.write_text("no picture")
    window.page.open_path(blank)
    assert window._messages.texts() == ["Window 1.", "Window 2."], "of the page before"
    qtbot.waitUntil(lambda: len(window._messages.texts()) == 3, timeout=PATIENCE)
    assert "no.png" in window._messages.texts()[-1]
    window.actions_by_key["quiet"].trigger()
    window.page.message("A remark.")
    assert "A remark." not in window._messages.texts(), "quiet holds for the page as well"


def test_a_dialog_starts_where_files_of_its_kind_were_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore_folders("")
    asked: list[str] = []

    def answer(parent: object, title: str, folder: str, filters: str) -> tuple[str, str]:
        asked.append(folder)
        return str(tmp_path / "photos" / "a.jpg"), ""

    (tmp_path / "photos").mkdir()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    for kind in ("photo", "photo", "weights"):
        ask_open(None, "Open", kind)
    home = str(Path.home())
    assert asked == [home, str(tmp_path / "photos"), home]
    restore_folders("")


def test_folders_are_remembered_and_those_that_are_gone_forgotten(tmp_path: Path) -> None:
    used_folder("share", tmp_path)
    used_folder("photo", tmp_path / "gone")
    text = folders_text()
    restore_folders("[1, 2")
    assert last_folder("share") == Path.home()
    restore_folders(text)
    assert last_folder("share") == tmp_path and last_folder("photo") == Path.home()
    restore_folders("")


@pytest.mark.parametrize("words", [["photo.jpg"], ["my.hdllab"], ["open", "photo.jpg"]])
def test_a_file_named_on_the_command_line_is_opened(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr("hellodl_gui.application.main", lambda words: ran.append(words) or 0)
    assert start.main(words) == 0
    assert ran == [["open", words[-1]]]


@pytest.mark.parametrize("name", ["a.jpg", "one.hdllab"])
def test_the_window_opens_the_file_it_was_started_with(
    window: MainWindow, opened: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(window.lab_files, "open_path", lambda path: opened.append(path.name))
    window.open_file(Path(name))
    assert opened == [name]
