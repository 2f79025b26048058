"""Pages that are kept: they come back as they were; damaged and hostile files say so."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.errors import PageError
from core.ocr.boxes import CharacterBox, Rect
from core.ocr.page import Page
from hellodl_gui.features.page.page_controller import PageWork
from hellodl_gui.features.page.page_project import (
    PageProject,
    PageViewport,
    is_project,
    pack_project,
    unpack_project,
)
from hellodl_gui.features.page.panel import PagePanel
from tests.gui.page.kit import CTRL, SHIFT, WidthReader, empty_panel, order, use_reader

BUTTON = QMessageBox.StandardButton
BOXES = (CharacterBox(0, Rect(10, 20, 30, 40), 0, "g"), CharacterBox(1, Rect(50.5, 20, 30, 40), 0))


@pytest.fixture
def kept(sample: Page, tmp_path: Path) -> Path:
    path = tmp_path / "page.hdlpage"
    path.write_bytes(
        pack_project(PageProject(sample, BOXES, PageViewport(2.0, 30, 40, 0.7)), embed=True)
    )
    return path


def test_a_project_comes_back_as_it_was(kept: Path, sample: Page) -> None:
    project = unpack_project(kept)
    assert project.boxes == BOXES
    assert project.view == PageViewport(2.0, 30, 40, 0.7)
    assert (project.page.photo.pixels == sample.photo.pixels).all()
    assert project.page.settings == sample.settings
    assert project.page.threshold == sample.threshold
    assert project.page.photo.path.name == sample.photo.path.name
    assert is_project(kept) and not is_project(sample.photo.path)
    with zipfile.ZipFile(kept) as file:
        assert file.read("photo") == sample.photo.path.read_bytes()


def test_a_photo_that_is_gone_is_kept_as_its_pixels(sample: Page, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(sample.photo.path.read_bytes())
    page = Page.open(copy)
    copy.unlink()
    path = tmp_path / "page.hdlpage"
    path.write_bytes(pack_project(PageProject(page, BOXES), embed=True))
    assert (unpack_project(path).page.photo.pixels == page.photo.pixels).all()
    with pytest.raises(PageError, match="not where it was"):
        pack_project(PageProject(page, BOXES), embed=False)


def test_a_project_may_refer_to_its_photo_and_notices_another(sample: Page, tmp_path: Path) -> None:
    copy = tmp_path / "photo.jpg"
    copy.write_bytes(sample.photo.path.read_bytes())
    path = tmp_path / "page.hdlpage"
    path.write_bytes(pack_project(PageProject(Page.open(copy), BOXES), False, tmp_path))
    assert path.stat().st_size < 5_000
    assert unpack_project(path).boxes == BOXES
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for file in (copy, path):
        file.rename(moved / file.name)
    assert unpack_project(moved / path.name).boxes == BOXES
    (moved / copy.name).write_bytes(copy.name.encode())
    with pytest.raises(PageError, match="has changed"):
        unpack_project(moved / path.name)
    (moved / copy.name).unlink()
    with pytest.raises(PageError, match="not there"):
        unpack_project(moved / path.name)


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    with zipfile.ZipFile(path) as file:
        page, photo = json.loads(file.read("page.json")), file.read("photo")
    change(page)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("page.json", json.dumps(page))
        file.writestr("photo", photo)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.update(version=9), "another version"),
        (lambda p: p.pop("boxes"), "hold a list of up to"),
        (lambda p: p.update(boxes=[[0, 0, 5, 5, 0, None]] * 5_001), "hold a list of up to"),
        (lambda p: p.update(boxes=[[0, 0, 5]]), "box 1 is not"),
        (lambda p: p.update(boxes=[[0, 0, "5", 5, 0, None]]), "a side of box 1"),
        (lambda p: p.update(boxes=[[0, 0, float("nan"), 5, 0, None]]), "NaN"),
        (lambda p: p.update(boxes=[[0, 0, 10**400, 5, 0, None]]), "a side of box 1"),
        (lambda p: p.update(boxes=[[0, 0, True, 5, 0, None]]), "a side of box 1"),
        (lambda p: p.update(boxes=[[0, 0, 5, 5, -1, None]]), "the line of box 1"),
        (lambda p: p.update(boxes=[[0, 0, 5, 5, 0, "\n"]]), "the letter of box 1"),
        (lambda p: p.update(boxes=[[0, 0, 5, 5, 0, "x" * 99]]), "the letter of box 1"),
        (lambda p: p.update(view={"zoom": -1, "x": 0, "y": 0, "doubt": 0}), "the zoom"),
        (lambda p: p.update(settings=[]), "“settings” is missing"),
        (lambda p: p.update(settings={"sensitivity": "much"}), "Sensitivity is no number"),
        (lambda p: p.update(settings={"mark": 9e6}), "Thickest stroke cannot be"),
        (lambda p: p["photo"].update(sha256="0"), "has changed since"),
        (lambda p: p["photo"].update(embedded=False), "contains no photo and names none"),
        (lambda p: p["photo"].update(embedded=False, path="/dev/zero"), "is no photo"),
        (lambda p: p["photo"].update(embedded=False, path="a\0b"), "contains no photo"),
    ],
)
def test_what_cannot_be_is_said(
    kept: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    changed(kept, change)
    with pytest.raises(PageError, match=said):
        unpack_project(kept)


def test_names_that_lead_elsewhere_stay_names(kept: Path) -> None:
    for name in ("../../etc/passwd", "..", "", "a\0b", "x" * 5_000):
        changed(kept, lambda page, name=name: page["photo"].update(name=name))
        path = unpack_project(kept).page.photo.path
        assert path.parent == kept.parent and path.name not in ("..", "")


def test_a_bomb_is_not_unpacked(kept: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.hdlpage"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("page.json", b" " * 20_000_000)
    with pytest.raises(PageError, match="larger than"):
        unpack_project(bomb)
    # The same with a header that lies about its size.
    raw = bytearray(bomb.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    struct.pack_into("<I", raw, at + 24, 1_000)
    bomb.write_bytes(bytes(raw))
    with pytest.raises(PageError):
        unpack_project(bomb)


def test_a_zip_of_many_files_is_refused_before_its_contents_are_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(300):
            file.writestr(f"page-{number}", b"")
    path = tmp_path / "many.hdlpage"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(PageError, match="more than a page"):
        unpack_project(path)


def test_a_damaged_project_is_refused_wherever_it_is_cut(kept: Path) -> None:
    whole = kept.read_bytes()
    for share in (0.0, 0.001, 0.3, 0.9, 0.9999):
        kept.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(PageError, match="cannot be opened"):
            unpack_project(kept)
    deep = b"[" * 100_000
    with zipfile.ZipFile(kept, "w") as file:
        file.writestr("page.json", deep)
    with pytest.raises(PageError, match="damaged"):
        unpack_project(kept)


# -- in the panel ---------------------------------------------------------------------------------


def test_a_page_saved_and_opened_again_looks_the_same(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "page.hdlpage"
    panel.document.select({order(panel)[2]})
    QTest.keyClicks(panel.view, "x")
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    panel.document.set_doubt(0.3)
    panel.view.zoom_by(3.0)
    before = [(b.rect, b.char) for b in panel.document.in_order()]
    sight = panel.view.viewpoint()
    assert not panel.editor.undo.isClean()
    panel.files.save_to(path)
    qtbot.waitUntil(panel.editor.undo.isClean, timeout=120_000)
    assert panel.files.path == path and panel.files.recent[0] == str(path)

    other = empty_panel()
    other.files.recent = panel.files.recent
    qtbot.addWidget(other)
    other.resize(panel.size())
    use_reader(other, WidthReader())
    other.show()
    other.open_path(path)
    qtbot.waitUntil(lambda: other.document.page is not None, timeout=120_000)
    assert [(b.rect, b.char) for b in other.document.in_order()] == before
    assert other.document.doubt == 0.3
    assert other.view.viewpoint() == pytest.approx(sight, rel=0.01)
    assert other.files.path == path and other.editor.undo.isClean()
    for each in (panel, other):
        each.close_down()


def test_changes_are_lost_only_after_the_person_said_so(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path, sample: Page
) -> None:
    answers = [BUTTON.Cancel, BUTTON.Save, BUTTON.Discard]
    asked: list[QMessageBox.StandardButton] = []

    def ask() -> QMessageBox.StandardButton:
        asked.append(answers[len(asked)])
        return asked[-1]

    panel.files.ask = ask
    page = panel.document.page
    assert panel.files.may_leave() and not asked
    panel.document.select({order(panel)[0]})
    panel.editor.type_char("x")
    panel.open_path(sample.photo.path)
    assert asked == [BUTTON.Cancel] and panel.controller.work is PageWork.NONE
    panel.files.path = tmp_path / "kept.hdlpage"
    assert panel.files.may_leave()
    assert unpack_project(panel.files.path).boxes[0].char == "x"
    panel.editor.undo.undo()
    panel.open_path(sample.photo.path)
    qtbot.waitUntil(lambda: panel.document.page is not page, timeout=120_000)
    assert asked == answers
    panel.close_down()


def test_a_project_that_cannot_be_saved_keeps_the_page(panel: PagePanel, tmp_path: Path) -> None:
    panel.files.ask = lambda: BUTTON.Save
    panel.files.path = tmp_path / "nowhere" / "page.hdlpage"
    panel.document.select({order(panel)[0]})
    panel.editor.type_char("x")
    assert not panel.files.may_leave()
    assert "could not be written" in panel.told[-1]


def test_a_hostile_project_is_refused_with_a_sentence_and_the_page_stays(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "bad.hdlpage"
    path.write_bytes(b"PK\x03\x04 and so on")
    count = len(panel.document.boxes)
    panel.open_path(path)
    qtbot.waitUntil(lambda: bool(panel.told))
    assert "bad.hdlpage" in panel.told[0]
    assert len(panel.document.boxes) == count
    panel.close_down()


def test_recent_files_are_offered_while_they_exist(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path, sample: Page
) -> None:
    menu = panel._tools._buttons["open"].menu()
    panel.files.recent = (str(tmp_path / "gone.jpg"), str(sample.photo.path))
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions()]
    assert texts[-1] == sample.photo.path.name and "gone.jpg" not in texts
    page = panel.document.page
    menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: panel.document.page is not page, timeout=120_000)
    panel.close_down()


def test_saving_has_a_key(panel: PagePanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.files.path = tmp_path / "page.hdlpage"
    QTest.keyClick(panel.view, Qt.Key.Key_S, CTRL | SHIFT)
    qtbot.waitUntil(panel.files.path.exists, timeout=120_000)
    panel.close_down()


_ELSEWHERE = ["//stranger/share/p.png", r"\\stranger\share\p.png", r"\\?\UNC\s\p.png",
              r"/\s\p.png", r"\\.\pipe\p", "smb://stranger/p.png"]  # fmt: skip


@pytest.mark.parametrize("named", _ELSEWHERE)
def test_a_photo_on_another_computer_is_not_contacted(
    kept: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(kept, lambda page: page["photo"].update(path=named, embedded=False))
    monkeypatch.setattr("hellodl_gui.features.page.page_project._photo_at", lambda *_: 1 / 0)
    with pytest.raises(PageError, match="another computer"):
        unpack_project(kept)


def test_a_project_without_the_photo_stays_without_it(
    panel: PagePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "small.hdlpage"
    with qtbot.waitSignal(panel.controller.loader.kept, timeout=30_000):
        panel.files.save_to(path, embed=False)
    small = path.stat().st_size
    panel.document.select({order(panel)[0]})
    QTest.keyClicks(panel.view, "7")
    with qtbot.waitSignal(panel.controller.loader.kept, timeout=30_000):
        panel.files.save()
    assert path.stat().st_size < small + 2000
    with qtbot.waitSignal(panel.controller.opened, timeout=30_000):
        panel.open_path(path)
    QTest.keyClicks(panel.view, "")
    with qtbot.waitSignal(panel.controller.loader.kept, timeout=30_000):
        panel.files.save()
    assert path.stat().st_size < small + 2000, "also after it was opened again"


def test_a_photo_that_moved_with_its_project_is_found(tmp_path: Path, sample: Page) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    photo = old / "photo.jpg"
    photo.write_bytes(sample.photo.path.read_bytes())
    page = replace(sample, photo=replace(sample.photo, path=photo))
    (new / "p.hdlpage").write_bytes(pack_project(PageProject(page, tuple(page.boxes)), embed=False))
    photo.rename(new / "photo.jpg")
    assert unpack_project(new / "p.hdlpage").page.photo.path == new / "photo.jpg"
