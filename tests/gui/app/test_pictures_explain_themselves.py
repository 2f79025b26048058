"""Which colour or length stands for which number is written beside every picture."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.inspect.zoom.forward_backward import NetworkPass, forward_backward
from core.training.metrics import Evaluation
from core.training.reports import ClassificationReport
from core.training.trainer import Trainer
from hellodl_gui.features.confusion_matrix.panel import ConfusionMatrixPanel
from hellodl_gui.features.layer_health.layer_table import LayerTable, LayerTableRow
from hellodl_gui.features.top_activations.panel import TopActivationsPanel
from hellodl_gui.features.zoom.layer_scenes import network_scene
from hellodl_gui.features.zoom.number_scenes import number_scene
from hellodl_gui.features.zoom.unit_scenes import unit_scene
from hellodl_gui.features.zoom.zoom_canvas import ZoomCanvas
from hellodl_gui.features.zoom.zoom_input import ZoomInput
from hellodl_gui.state.lab import LabState
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.colour_bar import ColourBar
from tests.gui.kit import lab_state, show_widget

SIZE = QSizeF(1000, 600)
FAINT = 32  # lines between squares are nearly grey


def lab_of(key: str) -> LabState:
    opened = chapter(key)
    images = np.random.default_rng(3).integers(0, 256, (8, 28, 28)).astype(np.uint8)
    names = tuple("abcdefghijklmnopqrstuvwxyz") if key == "letters" else tuple("0123456789")
    data = Dataset.from_images("few", images, np.arange(8, dtype=np.uint8), names)
    return lab_state(opened, data)


def bars_of(panel: ConfusionMatrixPanel | TopActivationsPanel) -> list[tuple[str, str]]:
    return [bar.ends for bar in panel.findChildren(ColourBar)]


def test_the_confusion_of_26_letters_says_which_share_has_the_full_colour(qtbot: QtBot) -> None:
    state = lab_of("letters")
    panel = show_widget(qtbot, ConfusionMatrixPanel(state), 330, 330)
    counts = np.diag(np.full(26, 97))
    counts[8, 11] = 3
    few = np.zeros(8, np.float32)
    guesses = few.astype(np.uint8)
    state.timeline.add_evaluation(
        Evaluation(
            5, 0.1, 0.1, {"accuracy": 0.999}, (ClassificationReport(guesses, few, counts, few[:0]),)
        )
    )
    panel.refresh()
    assert bars_of(panel) == [("0", "3.0%")]
    counts[8, 11] = 97
    panel.refresh()
    assert bars_of(panel) == [("0", "50.0%")]


def test_a_dream_is_grey_from_no_ink_to_full_ink(qtbot: QtBot) -> None:
    panel = TopActivationsPanel(lab_of("digit-kernels"))
    qtbot.addWidget(panel)
    assert bars_of(panel) == [("0", "1")]


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_a_strip_goes_from_one_end_to_the_other(qtbot: QtBot, theme: str) -> None:
    themes().use(theme)
    now = themes().theme
    ends = {"signed": (now.negative, now.positive), "grey": ("#000000", "#ffffff"),
            "heat": (now.heat[0], now.heat[2])}  # fmt: skip
    for kind in ("signed", "grey", "heat"):
        bar = ColourBar(kind, 0.25)
        qtbot.addWidget(bar)
        bar.resize(bar.sizeHint())
        seen = bar.grab().toImage()
        left, y = (bar.width() - 64) // 2, bar.height() // 2
        for x, colour in zip((left + 2, left + 61), ends[kind], strict=True):
            assert far_apart(seen.pixelColor(x, y), QColor(colour)) < 24, (kind, theme)


def far_apart(one: QColor, other: QColor) -> int:
    return max(abs(one.red() - other.red()), abs(one.green() - other.green()),
               abs(one.blue() - other.blue()))  # fmt: skip


def test_bars_of_shares_say_what_they_reach_to(qtbot: QtBot) -> None:
    themes().use("dark")
    table = LayerTable("Layers", ("update", "dead"), ("", ""))
    qtbot.addWidget(table)
    table.set_rows([LayerTableRow("0", "#ffffff", ("1", "2"), (None, None))])
    plain = table.sizeHint().height()
    table.set_rows([LayerTableRow("0", "#ffffff", ("1", "2"), (None, 0.25))])
    assert table.sizeHint().height() > plain
    table.resize(table.sizeHint())
    seen = table.grab().toImage()
    words = [y for y in range(plain, seen.height()) if inked(seen, y)]
    assert words, "below the bars stands nothing"
    y, theme = round(table._box(0, 1).bottom()) - 2, themes().theme
    colours = [seen.pixelColor(x, y).name() for x in range(seen.width())]
    ground = [x for x, colour in enumerate(colours) if colour in (theme.line, theme.doubt)]
    filled = [x for x in ground if colours[x] == theme.doubt]
    assert filled[0] == ground[0], "bars begin at 0, which is left"
    assert 0.2 < len(filled) / len(ground) < 0.3


def inked(seen: QImage, y: int) -> bool:
    return len({seen.pixel(x, y) for x in range(8, seen.width() - 8)}) > 1


@pytest.fixture(scope="module")
def way() -> tuple[NetworkPass, tuple[str, ...]]:
    state = lab_of("digit-kernels")
    data = state.training.data
    run = Trainer(
        replace(state.training.chapter.task, data=lambda knobs: data), state.training.knobs
    )
    return forward_backward(run, state.training.knobs, data.train.images[0], 1), data.train.classes


class ImagePlaces(QPainter):
    """Notes where images are drawn."""

    def __init__(self, paper: QImage) -> None:
        super().__init__(paper)
        self.places: list[QRectF] = []

    def drawImage(self, *given: object) -> None:
        assert isinstance(given[0], QRectF)
        self.places.append(given[0])
        super().drawImage(*given)  # type: ignore[call-overload]


def painted(canvas: ZoomCanvas) -> QImage:
    seen = QImage(SIZE.toSize(), QImage.Format.Format_RGB32)
    seen.fill(QColor(themes().theme.panel))
    with QPainter(seen) as painter:
        canvas.paint(painter, QRectF(0, 0, SIZE.width(), SIZE.height()), 1.0)
    return seen


def is_grey(seen: QImage, rect: QRectF) -> bool:
    inner = rect.toRect().adjusted(1, 1, -1, -1)
    colours = [
        seen.pixelColor(x, y)
        for x in range(inner.left(), inner.right(), 2)
        for y in range(inner.top(), inner.bottom(), 2)
    ]
    bright = {colour.lightness() for colour in colours}
    most = max(bright) - min(bright)
    return most > 100 and max(spread(colour) for colour in colours) < FAINT


def spread(colour: QColor) -> int:
    channels = colour.red(), colour.green(), colour.blue()
    return max(channels) - min(channels)


def pictures(canvas: ZoomCanvas) -> list[QRectF]:
    """Where something is drawn in the colours of pictures or numbers."""
    seen = QImage(SIZE.toSize(), QImage.Format.Format_RGB32)
    with ImagePlaces(seen) as painter:
        canvas.paint(painter, QRectF(0, 0, SIZE.width(), SIZE.height()), 1.0)
        return painter.places


def test_the_zoom_shows_a_picture_as_every_other_panel_does(
    way: tuple[NetworkPass, tuple[str, ...]],
) -> None:
    themes().use("dark")
    look = ZoomInput(*way)
    whole = network_scene(look, SIZE)
    seen = painted(whole)
    shown = pictures(whole)
    assert is_grey(seen, shown[0])
    assert not any(is_grey(seen, rect) for rect in shown[1:]), "numbers of layers keep their signs"
    for canvas in (unit_scene(look, 0, 0, SIZE), number_scene(look, (0, 0, (4, 4)), SIZE)):
        first, *others = pictures(canvas)
        seen = painted(canvas)
        assert is_grey(seen, first)
        assert not any(is_grey(seen, rect) for rect in others)


def test_the_gradient_of_the_picture_keeps_its_signs(
    way: tuple[NetworkPass, tuple[str, ...]],
) -> None:
    themes().use("dark")
    whole = network_scene(ZoomInput(*way, backward=True), SIZE)
    assert not is_grey(painted(whole), pictures(whole)[0])
