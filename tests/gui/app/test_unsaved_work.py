"""What nobody has saved is kept every few seconds and offered after a crash."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.errors import DataError
from core.ocr.drawing import Drawing, Stroke
from core.ocr.drawing_file import pack_drawing, unpack_drawing
from core.paths import resource
from hellodl_gui.app.unsaved_offer import offer_unsaved
from hellodl_gui.app.unsaved_work import UnsavedWork, find_unsaved
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import empty_panel


class Notes:
    """A work of one text; None while it is saved."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text
        self.back: Path | None = None

    def unsaved(self) -> tuple[object, Callable[[], bytes]] | None:
        text = self.text
        return None if text is None else (text, text.encode)

    def bring_back(self, path: Path) -> None:
        self.back = path
        self.text = path.read_text()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path))
    return tmp_path / "data" / "unsaved"


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QWidget]:
    widget = QWidget()
    qtbot.addWidget(widget)
    yield widget


CRASHES = """
import os, sys
from PySide6.QtCore import QCoreApplication
from hellodl_gui.app.unsaved_work import UnsavedWork
app = QCoreApplication([])
class Notes:
    def unsaved(self): return "x", lambda: b"thirty corrections"
    def bring_back(self, path): pass
work = UnsavedWork(app, {"page": Notes()})
work.keep()
work.wait()
os.kill(os.getpid(), 9)
"""


def crashed(home: Path) -> None:
    """A window that kept a page, and was killed."""
    done = subprocess.run([sys.executable, "-c", CRASHES], timeout=120)
    assert done.returncode == -9


def test_nothing_is_written_while_everything_is_saved(home: Path, owner: QWidget) -> None:
    work = UnsavedWork(owner, {"page": Notes()})
    work.keep()
    work.finish()
    assert not home.exists() or not list(home.iterdir())


def test_what_is_kept_goes_once_it_is_saved(home: Path, owner: QWidget) -> None:
    notes = Notes("a")
    work = UnsavedWork(owner, {"page": notes})
    for text in ("a", "ab", None):
        notes.text = text
        work.keep()
        work.wait()
        kept = [path.read_text() for path in home.glob("*/page")]
        assert kept == ([] if text is None else [text])
    work.finish()
    assert not list(home.iterdir())


def test_a_window_that_lives_is_not_taken_for_a_crash(home: Path, owner: QWidget) -> None:
    work = UnsavedWork(owner, {"page": Notes("a")})
    work.keep()
    assert find_unsaved() == []
    work.finish(saved=False)
    (left,) = find_unsaved()
    assert left.files["page"].read_text() == "a"


def test_what_could_not_be_kept_is_tried_again(home: Path, owner: QWidget) -> None:
    notes = Notes("a")
    work = UnsavedWork(owner, {"page": notes})
    work.keep()
    work.wait()
    (kept,) = home.glob("*/page")
    kept.unlink()
    kept.mkdir()  # no file can take its place
    notes.text = "ab"
    work.keep()
    work.wait()
    kept.rmdir()
    work.keep()
    work.wait()
    assert kept.read_text() == "ab"
    work.finish()


def test_a_folder_that_somebody_removed_is_made_again(home: Path, owner: QWidget) -> None:
    notes = Notes("a")
    work = UnsavedWork(owner, {"page": notes})
    work.keep()
    work.wait()
    shutil.rmtree(home)
    notes.text = "ab"
    work.keep()
    work.wait()
    assert [path.read_text() for path in home.glob("*/page")] == ["ab"]
    work.finish()


def test_after_a_kill_it_is_offered_and_opened(home: Path, owner: QWidget, qtbot: QtBot) -> None:
    crashed(home)
    notes = Notes()
    work = UnsavedWork(owner, {"page": notes})
    box = offer_unsaved(owner, {"page": notes}, work)
    assert box is not None and "corrections of a page" in box.text()
    QTest.mouseClick(box.button(QMessageBox.StandardButton.Open), Qt.MouseButton.LeftButton)
    assert notes.text == "thirty corrections"
    work.keep()
    work.wait()
    assert find_unsaved() == [], "it is this window's own now"
    assert [path.read_text() for path in home.glob("*/page")] == ["thirty corrections"]
    work.finish()


def test_it_can_be_put_off_and_discarded(home: Path, owner: QWidget) -> None:
    crashed(home)
    work = UnsavedWork(owner, {"page": Notes()})
    for button, left in (
        (QMessageBox.StandardButton.Cancel, 1),
        (QMessageBox.StandardButton.Discard, 0),
    ):
        box = offer_unsaved(owner, {"page": Notes()}, work)
        assert box is not None
        QTest.mouseClick(box.button(button), Qt.MouseButton.LeftButton)
        assert len(find_unsaved()) == left
    assert offer_unsaved(owner, {"page": Notes()}, work) is None
    work.finish()


def test_corrections_of_a_page_come_back_unsaved(home: Path, qtbot: QtBot) -> None:
    def panel() -> PagePanel:
        made = empty_panel()
        qtbot.addWidget(made)
        made.show()
        return made

    first = panel()
    with qtbot.waitSignal(first.controller.opened, timeout=120_000):
        first.open_path(resource("pages/digits.jpg"))
    first.document.select({first.document.in_order()[0].id})
    QTest.keyClicks(first.view, "xyz")
    work = UnsavedWork(QObject(first), {"page": first.files})
    work.keep()
    work.finish(saved=False)
    first.editor.undo.setClean()
    first.close_down()

    second = panel()
    (left,) = find_unsaved()
    with qtbot.waitSignal(second.controller.opened, timeout=120_000):
        second.files.bring_back(left.files["page"])
    assert [box.char for box in second.document.in_order()[:4]] == ["x", "y", "z", None]
    assert second.files.path is None and second.files.unsaved() is not None
    second.editor.undo.setClean()
    second.close_down()


def test_a_drawing_is_packed_and_unpacked_and_damage_is_refused() -> None:
    drawing = Drawing(
        (Stroke(((0.1, 0.2, 5.0), (0.3, 0.4, 5.5))), Stroke(((0.5, 0.5, 3.0),), True))
    )
    again = unpack_drawing(pack_drawing(drawing))
    assert again.strokes == drawing.strokes and again.under is None
    for bad in (
        b"",
        b"[]",
        b"{}",
        pack_drawing(drawing)[:-9],
        b'{"strokes": [{"points": [[1e9,0,0]], "erases": false}], "under": null, "centred": true}',
    ):
        with pytest.raises(DataError):
            unpack_drawing(bad)
