"""The Data panel: choose a source, get it, walk through it; the window's thread never waits."""

import gzip
import hashlib
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.handwriting import my_handwriting
from core.data.sources.emnist import LETTERS
from core.data.sources.synthetic import SyntheticLetters
from core.io.remote_file import RemoteFile
from core.training.task import Split
from hellodl_gui.features.data.data_browser import AVERAGES, CLASSES, PICTURES, TWICE
from hellodl_gui.features.data.panel import DataPanel
from hellodl_gui.services.runner import layout_of
from hellodl_gui.state.lab import LabState
from hellodl_gui.ui.chart.class_bars import ClassBars
from hellodl_gui.ui.mosaic.image_close_up import ImageCloseUp
from hellodl_gui.ui.mosaic.image_mosaic import ImageMosaic
from hellodl_gui.ui.mosaic.pixel_grid import PixelGrid
from tests.core.data.server import Script, served, stalls, whole
from tests.gui.kit import show_widget

RNG = np.random.default_rng(0)
PATIENCE = 120_000


def dataset(name: str, count: int) -> Dataset:
    images = np.random.default_rng(count).integers(0, 256, (count, 28, 28)).astype(np.uint8)
    labels = (np.arange(count) % 3).astype(np.uint8)
    return Dataset.from_images(name, images, labels, ("a", "b", "c"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELLODL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "home"


@pytest.fixture
def state() -> LabState:
    digits = chapter("digits")
    train, test = dataset("some", 300), dataset("some test", 30)
    images = np.array(test.images)
    images[4], images[5] = train.images[7], train.images[8]
    data = Split(train, replace(test, inputs=images))
    return LabState(digits, data, layout_of(digits, digits.defaults()))


@pytest.fixture
def panel(qtbot: QtBot, state: LabState) -> Iterator[DataPanel]:
    shown = show_widget(qtbot, DataPanel(state), 640, 480)
    shown.draw(0.0)
    until_loaded(qtbot, shown)
    yield shown
    shown.close_down()


def until_loaded(qtbot: QtBot, panel: DataPanel) -> None:
    qtbot.waitUntil(lambda: panel.loaded is not None, timeout=PATIENCE)


def button(panel: DataPanel, text: str) -> QPushButton:
    (found,) = (
        one for one in panel.findChildren(QPushButton) if one.text() == text and one.isVisible()
    )
    return found


def texts(panel: DataPanel) -> str:
    return "\n".join(one.text() for one in panel.findChildren(QLabel) if one.isVisible())


def click(qtbot: QtBot, panel: DataPanel, text: str) -> None:
    qtbot.mouseClick(button(panel, text), Qt.MouseButton.LeftButton)


def tab(panel: DataPanel, place: int) -> None:
    panel.findChild(QTabBar).setCurrentIndex(place)


def mosaic(panel: DataPanel) -> ImageMosaic:
    return panel.findChild(ImageMosaic)


def click_tile(qtbot: QtBot, panel: DataPanel, tile: int) -> None:
    middle = mosaic(panel).tile_rect(tile).center().toPoint()
    qtbot.mouseClick(mosaic(panel), Qt.MouseButton.LeftButton, pos=middle)


def search(panel: DataPanel) -> QLineEdit:
    return panel.findChild(QLineEdit)


def test_it_begins_with_the_chapters_data(panel: DataPanel) -> None:
    assert "300 + 30 pictures" in texts(panel)
    assert panel.browser.shown[:3] == [(0, 0), (0, 1), (0, 2)]


def test_other_data_of_the_chapter_are_looked_at_when_seen(
    qtbot: QtBot, panel: DataPanel, state: LabState
) -> None:
    state.training.data = Split(dataset("other", 9), dataset("other test", 3))
    state.training.restarted.emit()
    assert panel.dirty
    panel.draw(0.0)
    until_loaded(qtbot, panel)
    assert "9 + 3 pictures" in texts(panel)


@pytest.mark.parametrize(("typed", "labels"), [("b", {1}), ("B", {1}), ("a c", {0, 2})])
def test_typing_labels_finds_their_pictures(
    panel: DataPanel, qtbot: QtBot, typed: str, labels: set[int]
) -> None:
    qtbot.keyClicks(search(panel), typed)
    train = panel.loaded.sets[0]
    assert {int(train.labels[number]) for _, number in panel.browser.shown} == labels


def test_a_label_that_is_none_says_which_there_are(panel: DataPanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(search(panel), "x")
    assert "No label is called “x”. There are: a, b, c." in texts(panel)
    click(qtbot, panel, "Show all")
    assert search(panel).text() == "" and len(panel.browser.shown) == 96


def test_the_test_set_and_further_pages(panel: DataPanel, qtbot: QtBot) -> None:
    qtbot.keyClick(panel.browser, Qt.Key.Key_PageDown)
    assert panel.browser.shown[0] == (0, 96)
    for _ in range(9):
        qtbot.keyClick(panel.browser, Qt.Key.Key_PageDown)
    assert panel.browser.shown[-1] == (0, 299)
    which = next(box for box in panel.findChildren(QComboBox) if box.itemText(1) == "test")
    which.setCurrentIndex(1)
    assert panel.browser.shown[0] == (1, 0)


def test_a_picture_shows_its_numbers_and_label(panel: DataPanel, qtbot: QtBot) -> None:
    panel.resize(900, 700)
    click_tile(qtbot, panel, 4)
    grid, picture = panel.browser.findChild(PixelGrid), panel.loaded.sets[0].images[4]
    assert grid.isVisible() and "“b”, picture 4 of the training set" in texts(panel)
    assert grid.readable
    with qtbot.waitSignal(grid.hovered) as heard:
        qtbot.mouseMove(grid, grid.cell_rect(5, 9).center().toPoint())
    assert heard.args == [f"row 5, column 9: {picture[5, 9]} of 255"]
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert grid.current == (5, 10)
    after = next(
        b for b in panel.findChild(ImageCloseUp).findChildren(QToolButton) if b.text() == "▶"
    )
    qtbot.mouseClick(after, Qt.MouseButton.LeftButton)
    assert "“c”, picture 5" in texts(panel)
    qtbot.keyClick(grid, Qt.Key.Key_Escape)
    assert mosaic(panel).isVisible()


def test_averages_and_bars_are_doors_to_their_class(panel: DataPanel, qtbot: QtBot) -> None:
    tab(panel, AVERAGES)
    click_tile(qtbot, panel, 2)
    assert search(panel).text() == "c"
    tab(panel, CLASSES)
    bars = panel.findChild(ClassBars)
    with qtbot.waitSignal(bars.read) as heard:
        qtbot.mouseMove(bars, bars.bin_rect(1).center().toPoint())
    assert heard.args == ["“b”: 100 in the training set, 10 in the test set"]
    qtbot.keyClick(bars, Qt.Key.Key_Left)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert search(panel).text() == "a" and panel.findChild(QTabBar).currentIndex() == PICTURES


def test_what_is_in_both_sets_is_found(panel: DataPanel, qtbot: QtBot) -> None:
    assert panel.findChild(QTabBar).tabText(TWICE) == "Duplicates (2)"
    tab(panel, TWICE)
    assert sorted(panel.browser.shown) == [(0, 7), (0, 8)]
    click_tile(qtbot, panel, panel.browser.shown.index((0, 7)))
    assert "picture 7 of the training set = “b”, picture 4 of the test set" in texts(panel)


def test_synthetic_letters_need_one_choice(
    panel: DataPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = SyntheticLetters(train=52, test=26)
    monkeypatch.setattr("hellodl_gui.features.data.panel.source_of", lambda key: few)
    panel.bar.choose("synthetic")
    assert panel.loaded is None, "it comes in the background"
    until_loaded(qtbot, panel)
    assert "52 + 26 pictures" in texts(panel)


def _archive(folder: Path) -> Path:
    def idx(array: np.ndarray) -> bytes:
        head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        return gzip.compress(head + array.astype(np.uint8).tobytes())

    path = folder / "gzip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for which in ("train", "test"):
            stem = f"gzip/emnist-letters-{which}"
            archive.writestr(f"{stem}-images-idx3-ubyte.gz", idx(RNG.integers(0, 256, (4, 28, 28))))
            archive.writestr(f"{stem}-labels-idx1-ubyte.gz", idx(np.array([1, 2, 3, 26])))
    return path


Serving = Callable[..., Script]


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """EMNIST comes from a small server instead."""
    with ExitStack() as stack:

        def begin(*behaviours: object) -> Script:
            content = _archive(tmp_path).read_bytes()
            script = Script(content, *behaviours)
            url = stack.enter_context(served(script))
            check = hashlib.sha256(content).hexdigest()
            emnist = replace(LETTERS, remote=RemoteFile(url, "g.zip", len(content), check))
            monkeypatch.setattr("hellodl_gui.features.data.panel.source_of", lambda key: emnist)
            return script

        yield begin


def test_a_download_is_followed_called_off_and_taken_up_again(
    panel: DataPanel, qtbot: QtBot, serving: Serving
) -> None:
    script = serving(stalls(1000), whole)
    panel.bar.choose("emnist-letters")
    assert "biometrics" not in texts(panel) and "Cohen" in texts(panel)
    click(qtbot, panel, "Get it: 0 MB")
    qtbot.waitUntil(lambda: "Fetching" in texts(panel), timeout=PATIENCE)
    click(qtbot, panel, "Cancel")
    script.over.set()
    qtbot.waitUntil(lambda: "Cancelled." in texts(panel), timeout=PATIENCE)
    click(qtbot, panel, "Continue: 0 MB left")
    until_loaded(qtbot, panel)
    assert script.ranges[-1] is not None, "from where it stopped"
    assert panel.loaded.sets[0].classes[-1] == "z"


def test_a_file_of_ones_own_saves_the_download(
    panel: DataPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _archive(tmp_path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    panel.bar.choose("emnist-letters")
    click(qtbot, panel, "I have the file…")
    until_loaded(qtbot, panel)
    assert "4 + 4 pictures" in texts(panel)


def test_a_wrong_file_says_what_is_wrong_and_asks_again(
    panel: DataPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("1,2,3\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    panel.bar.choose("csv")
    click(qtbot, panel, "Choose a file…")
    qtbot.waitUntil(lambda: "mine.csv, line 1 has 3 columns" in texts(panel), timeout=PATIENCE)
    picture = np.zeros((28, 28), int)
    picture[8:20, 8:20] = np.arange(12) + 200
    path.write_text(",".join(map(str, [7, *picture.ravel()])) + "\n")
    click(qtbot, panel, "Choose a file…")
    until_loaded(qtbot, panel)
    assert "1 pictures" in texts(panel)
    click(qtbot, panel, "Load again")
    until_loaded(qtbot, panel)


def test_choosing_on_forgets_what_was_being_loaded(
    panel: DataPanel, qtbot: QtBot, serving: Serving
) -> None:
    script = serving(stalls(1000))
    panel.bar.choose("emnist-letters")
    click(qtbot, panel, "Get it: 0 MB")
    qtbot.waitUntil(lambda: bool(script.ranges), timeout=PATIENCE)
    panel.bar.choose("chapter")
    script.over.set()
    until_loaded(qtbot, panel)
    assert "300 + 30 pictures" in texts(panel) and "Cancelled" not in texts(panel)


def test_handwriting_can_be_removed_and_put_back(panel: DataPanel, qtbot: QtBot) -> None:
    panel.bar.choose("handwriting")
    qtbot.waitUntil(lambda: "Nothing saved yet" in texts(panel), timeout=PATIENCE)
    for label in "hey":
        my_handwriting().add(RNG.integers(0, 256, (28, 28)).astype(np.uint8), label, "pad")
    click(qtbot, panel, "Try again")
    until_loaded(qtbot, panel)
    click_tile(qtbot, panel, 1)
    (remove,) = (b for b in panel.findChildren(QToolButton) if b.text() == "Remove")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    until_loaded(qtbot, panel)
    assert [one.label for one in my_handwriting().all()] == ["h", "y"]
    assert "“e” was removed." in texts(panel)
    click(qtbot, panel, "Undo removal")
    until_loaded(qtbot, panel)
    assert [one.label for one in my_handwriting().all()] == ["h", "e", "y"]


def test_handwriting_that_grew_meanwhile_is_shown(panel: DataPanel, qtbot: QtBot) -> None:
    picture = RNG.integers(0, 256, (28, 28)).astype(np.uint8)
    my_handwriting().add(picture, "h", "pad")
    panel.bar.choose("handwriting")
    until_loaded(qtbot, panel)
    panel.hide()
    my_handwriting().add(picture, "e", "page")
    panel.show()
    qtbot.waitUntil(lambda: "2 pictures" in texts(panel), timeout=PATIENCE)


def test_pictures_are_loaded_off_the_windows_thread(
    panel: DataPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = threading.get_ident(), []

    class Spy(SyntheticLetters):
        def load(self, *_: object) -> tuple[Dataset, ...]:
            there.append(threading.get_ident())
            return (dataset("spied", 6),)

    monkeypatch.setattr("hellodl_gui.features.data.panel.source_of", lambda key: Spy())
    panel.bar.choose("synthetic")
    until_loaded(qtbot, panel)
    assert there and there[0] != here


def test_pictures_in_colour_keep_their_colours(
    panel: DataPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.zeros((4, 3, 32, 32), np.uint8)
    images[:, 0] = 200

    class Red(SyntheticLetters):
        def load(self, *_: object) -> tuple[Dataset, ...]:
            return (Dataset.from_images("red", images, np.zeros(4, np.uint8), ("red",)),)

    monkeypatch.setattr("hellodl_gui.features.data.panel.source_of", lambda key: Red())
    panel.bar.choose("cifar10")
    until_loaded(qtbot, panel)
    qtbot.wait(10)
    middle: QPoint = mosaic(panel).tile_rect(0).center().toPoint()
    assert mosaic(panel).grab().toImage().pixelColor(middle).getRgb()[:3] == (200, 0, 0)
    tab(panel, AVERAGES)
    assert mosaic(panel).grab().toImage().pixelColor(
        mosaic(panel).tile_rect(0).center().toPoint()
    ).getRgb()[:3] == (200, 0, 0)
    tab(panel, PICTURES)
    click_tile(qtbot, panel, 0)
    assert not panel.browser.findChild(PixelGrid).readable
