"""From a letter on the page to the kernel that misled the network: every click is counted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter, chapters
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.feature_maps.panel import FeatureMapsPanel
from hellodl_gui.features.saliency.panel import SaliencyPanel
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.features.weights.panel import WeightsPanel
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.models import Status

PATIENCE = 120_000
MOST = 6


class Hand:
    """A mouse that counts its clicks."""

    def __init__(self, qtbot: QtBot) -> None:
        self.clicks = 0
        self._qtbot = qtbot

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        assert widget.isVisible() and not widget.visibleRegion().isEmpty(), "cannot be clicked"
        at = widget.rect().center() if place is None else place
        self._qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
        self.clicks += 1


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    settings = Settings(QSettings(str(tmp_path / "set.ini"), QSettings.Format.IniFormat))
    settings.chapter = "digit-kernels"
    made = MainWindow(chapters(), settings)
    made.resize(1280, 800)
    qtbot.addWidget(made)
    made.show()
    made.launch()
    qtbot.waitUntil(
        lambda: made.state.training.chapter is chapter("digit-kernels"), timeout=PATIENCE
    )
    qtbot.waitUntil(lambda: made.state.training.status is Status.IDLE, timeout=PATIENCE)
    # The chapter may have come while the window was still as small as the screen of the tests.
    made.docks.arrange(made.state.training.chapter.views, made.state.training.chapter.together)
    yield made
    made.close()


def test_from_a_letter_to_the_kernel_that_misled(qtbot: QtBot, window: MainWindow) -> None:
    state, page = window.state, window.page
    window.weights_files.load_trained()
    window.open_sample_page()
    document = page.document
    qtbot.waitUntil(lambda: bool(document.boxes), timeout=PATIENCE)
    qtbot.waitUntil(
        lambda: (
            state.timeline.weights is not None and len(document.readings) == len(document.boxes)
        ),
        timeout=PATIENCE,
    )
    letter = min(document.readings, key=lambda id: document.readings[id].p)
    rect, read = document.boxes[letter].rect, document.readings[letter]
    page.view.ensureVisible(rect.x, rect.y, rect.w, rect.h)
    middle = QPointF(rect.x + rect.w / 2, rect.y + rect.h / 2)

    hand = Hand(qtbot)
    hand.click(page.view.viewport(), page.view.mapFromScene(middle))
    assert document.selected == {letter}
    assert state.selection.input.kind == "box" and np.array_equal(
        state.selection.input.value, read.image
    )

    hand.click(page._inspector.why)
    maps = window.panels["maps"]
    assert isinstance(maps, FeatureMapsPanel)
    qtbot.waitUntil(lambda: maps.blame is not None and bool(maps.why.units), timeout=PATIENCE)
    found = maps.blame
    assert found is not None and found.path == "3" and found.shares.max() > 0
    guilty = int(found.shares.argmax())
    assert maps.why.units[0] == guilty

    hand.click(maps.why.strip, maps.why.strip.tile_rect(0).center().toPoint())
    assert maps.close_up is not None and maps.close_up[1] == guilty

    hand.click(maps._close.like)
    liked, weights = window.panels["dream"], window.panels["weights"]
    assert isinstance(liked, TopActivationsPanel) and isinstance(weights, WeightsPanel)
    assert liked.isVisible() and (liked._here().path, liked._unit.value()) == ("3", guilty)
    qtbot.waitUntil(lambda: liked.liked is not None, timeout=PATIENCE)
    assert weights.isVisible() and weights._here().parameter == "3.weight"
    assert weights.atlas.unit == guilty
    assert hand.clicks <= MOST, f"{hand.clicks} clicks"


def test_a_page_behind_a_tab_is_read_again_when_it_comes_to_the_front(
    qtbot: QtBot, window: MainWindow
) -> None:
    state, document = window.state, window.page.document
    window.open_sample_page()
    qtbot.waitUntil(lambda: bool(document.readings), timeout=PATIENCE)
    assert document.text()[0] != "3141592653", "nobody has learnt anything yet"
    window.docks.show("samples")
    qtbot.waitUntil(lambda: not window.page.isVisible(), timeout=PATIENCE)
    window.weights_files.load_trained()
    qtbot.waitUntil(
        lambda: state.timeline.weights is not None and state.timeline.weights.step == 0,
        timeout=PATIENCE,
    )
    window.docks.show("page")
    qtbot.waitUntil(lambda: document.text()[0] == "3141592653", timeout=PATIENCE)


def test_saliency_explains_whatever_was_looked_at_last(qtbot: QtBot, window: MainWindow) -> None:
    state, saliency = window.state, window.panels["saliency"]
    assert isinstance(saliency, SaliencyPanel)
    window.weights_files.load_trained()
    qtbot.waitUntil(lambda: state.timeline.weights is not None, timeout=PATIENCE)
    window.docks.show("saliency")
    state.selection.select(7)
    qtbot.waitUntil(lambda: len(saliency.maps) == 5, timeout=PATIENCE)
    of_sample = saliency.maps["gradient"]
    qtbot.waitUntil(lambda: "sample 7" in saliency.accessibleDescription(), timeout=PATIENCE)
    draw = window.panels["draw"]
    window.docks.show("draw")
    pad = draw.pad  # type: ignore[attr-defined]
    spots = [QPoint(pad.width() // 2, pad.height() * n // 8) for n in (2, 3, 4, 5, 6)]
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        qtbot.mouseMove(pad, spot)
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=spots[-1])
    qtbot.waitUntil(lambda: state.selection.input.kind == "drawing", timeout=PATIENCE)
    window.docks.show("saliency")
    qtbot.waitUntil(lambda: len(saliency.maps) == 5, timeout=PATIENCE)
    qtbot.waitUntil(lambda: "drawing" in saliency.accessibleDescription(), timeout=PATIENCE)
    assert not np.array_equal(of_sample, saliency.maps["gradient"])
