"""Pictures of views: the same at every scale and on every ground; SVG without fonts; numbers."""

import base64
import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.snapshot import (
    SharedView,
    remove_background,
    render_image,
    render_svg,
)
from hellodl_gui.theming.render_mode import CONTENT
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.chart.live_plot import LivePlot
from hellodl_gui.ui.number_export import NumberTable

SVG = "{http://www.w3.org/2000/svg}"


class Painted(QWidget):
    """A square, a line, and the lower right quarter of a picture of four colours."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(100, 80)
        self.four = QImage(2, 2, QImage.Format.Format_RGB32)
        for place, colour in enumerate(("#ff0000", "#00ff00", "#0000ff", "#ffff00")):
            self.four.setPixelColor(place % 2, place // 2, QColor(colour))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(themes().theme.panel))
        painter.fillRect(QRectF(10, 10, 20, 20), QColor("#336699"))
        painter.setPen(QPen(QColor("#cc3300"), 2))
        painter.drawLine(10, 60, 40, 60)
        painter.drawImage(QRectF(60, 10, 20, 20), self.four, QRectF(1, 1, 1, 1))
        painter.setClipRect(QRectF(60, 50, 10, 10))
        painter.fillRect(QRectF(50, 40, 50, 50), QColor("#00cc00"))


def view_of(widget: QWidget) -> SharedView:
    return SharedView(widget, "key", "Curves & <more>", "Digits · mini-batch 1,200", lambda: None)


def rastered(text: str, scale: int = 1) -> QImage:
    renderer = QSvgRenderer(QByteArray(text.encode()))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize() * scale, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def colour(image: QImage, x: int, y: int) -> str:
    return image.pixelColor(x, y).name()


def test_an_svg_shows_shapes_parts_of_pictures_and_clips_as_the_widget_does(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    shown = rastered(render_svg(view_of(widget), Background.SCREEN, titled=False))
    panel = themes().theme.panel
    for x, y, expected in (
        (20, 20, "#336699"), (25, 60, "#cc3300"), (70, 20, "#ffff00"), (65, 55, "#00cc00"),
        (55, 45, panel), (90, 70, panel), (2, 2, panel),
    ):  # fmt: skip
        assert colour(shown, x, y) == expected, (x, y)


def test_an_svg_needs_no_font_and_still_has_its_words(qtbot: QtBot) -> None:
    box = QWidget()
    QVBoxLayout(box).addWidget(QLabel("Loss 0.1096 “±” <b>&amp;</b>"))
    qtbot.addWidget(box)
    box.resize(420, 60)
    box.show()
    root = ET.fromstring(render_svg(view_of(box), Background.WHITE, titled=True))
    assert not list(root.iter(f"{SVG}text"))
    words = " ".join(one.get("aria-label", "") for one in root.iter(f"{SVG}path"))
    assert "Curves & <more>" in words and "mini-batch 1,200" in words and "±" in words
    title = root.find(f"{SVG}title")
    assert title is not None and title.text == "Curves & <more> · Digits · mini-batch 1,200"


def test_few_pixels_are_drawn_large_in_an_svg_so_that_no_reader_blurs_them(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    text = render_svg(view_of(widget), Background.SCREEN, titled=False)
    found = re.search(r"base64,([^\"]+)", text)
    assert found is not None
    inner = QImage.fromData(QByteArray(base64.b64decode(found[1])))
    assert inner.width() >= 2 * 20, "of one pixel on 20 × 20"
    assert {inner.pixelColor(x, 5).name() for x in range(inner.width())} == {"#ffff00"}


def test_a_transparent_svg_has_no_ground_and_clear_pictures(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    widget = Painted()
    widget.setParent(window)
    widget.four.fill(QColor("#ffffff"))
    text = render_svg(view_of(widget), Background.CLEAR, titled=False)
    shown = rastered(text)
    assert shown.pixelColor(2, 2).alpha() == 0
    assert colour(shown, 20, 20) == "#336699"
    found = re.search(r"base64,([^\"]+)", text)
    assert found is not None
    inner = QImage.fromData(QByteArray(base64.b64decode(found[1])))
    assert inner.pixelColor(0, 0).alpha() == 0


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_png_has_so_many_pixels_and_the_same_picture(qtbot: QtBot, scale: int) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    image = render_image(view_of(widget), scale, Background.SCREEN, titled=False)
    assert (image.width(), image.height()) == (100 * scale, 80 * scale)
    assert colour(image, 20 * scale, 20 * scale) == "#336699"
    taller = render_image(view_of(widget), scale, Background.SCREEN, titled=True)
    assert taller.height() > image.height() and taller.width() == image.width()


@pytest.mark.parametrize("scale", [1, 3])
def test_lines_of_a_plot_are_as_thick_at_every_scale(qtbot: QtBot, scale: int) -> None:
    plot = LivePlot("Loss")
    qtbot.addWidget(plot)
    plot.add_curve("one", "one", 1)
    plot.resize(300, 200)
    plot.show()
    steps = np.arange(10.0)
    plot.set_data("one", steps, np.full(10, 0.5))
    image = render_image(view_of(plot), scale, Background.SCREEN, titled=False)
    wanted = themes().theme.curves[1]
    middle = [colour(image, 200 * scale, y) for y in range(image.height())]
    assert 1 * scale <= middle.count(wanted) <= 3 * scale
    assert plot._curves["one"].item.opts["pen"].widthF() == 2, "what the screen shows stays"


def test_words_on_a_white_picture_are_dark_and_bright_again_on_the_screen(qtbot: QtBot) -> None:
    window, view, inner = QWidget(), QWidget(), QWidget()
    QVBoxLayout(inner).addWidget(QLabel("plain"))
    QVBoxLayout(view).addWidget(inner)
    qtbot.addWidget(window)
    view.setParent(window)
    window.resize(200, 120)
    view.resize(200, 120)
    window.show()

    def extremes(image: QImage) -> tuple[int, int]:
        greys = image.convertToFormat(QImage.Format.Format_Grayscale8)
        values = [greys.pixelColor(x, y).red() for x in range(200) for y in range(120)]
        return min(values), max(values)

    before = extremes(view.grab().toImage())
    darkest, brightest = extremes(render_image(view_of(view), 1, Background.WHITE, titled=False))
    assert darkest < 90 and brightest > 240
    assert extremes(view.grab().toImage()) == before and before[1] > 180


def test_a_white_picture_borrows_the_light_theme_and_gives_it_back(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    image = render_image(view_of(widget), 1, Background.WHITE, titled=False)
    assert colour(image, 2, 2) == "#ffffff"
    assert themes().theme.name == "dark"


@pytest.mark.parametrize("ground", ["#ffffff", "#1b1f26"])
def test_a_clear_picture_over_its_ground_is_the_picture(ground: str) -> None:
    rng = np.random.default_rng(3)
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    for y in range(48):
        for x in range(64):
            red, green, blue = (int(v) for v in rng.integers(0, 256, 3))
            image.setPixelColor(x, y, QColor(red, green, blue))
    image.setPixelColor(0, 0, QColor(ground))
    clear = remove_background(image, ground)
    assert clear.pixelColor(0, 0).alpha() == 0
    over = QImage(64, 48, QImage.Format.Format_RGB32)
    over.fill(QColor(ground))
    painter = QPainter(over)
    painter.drawImage(0, 0, clear)
    painter.end()
    for x, y in ((1, 0), (20, 30), (63, 47)):
        one, other = image.pixelColor(x, y), over.pixelColor(x, y)
        for channel in ("red", "green", "blue"):
            assert abs(getattr(one, channel)() - getattr(other, channel)()) <= 2


def test_a_picture_has_no_controls_and_gives_them_back(qtbot: QtBot) -> None:
    box, field, red = QComboBox(), QLineEdit("what it is of"), QLabel()
    red.setStyleSheet("background: #cc0000")
    field.setProperty(CONTENT, True)
    view = QWidget()
    row = QHBoxLayout()
    named = QLabel("Smoothing")
    for widget in (named, QSlider(), box):
        row.addWidget(widget)
    column = QVBoxLayout(view)
    column.setContentsMargins(0, 0, 0, 0)
    column.addLayout(row)
    column.addWidget(field)
    column.addWidget(red, 1)
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    field.setFocus()
    before = red.geometry()
    text = render_svg(view_of(view), Background.SCREEN, titled=False)
    assert "what it is of" in text and "Smoothing" not in text
    image = render_image(view_of(view), 1, Background.SCREEN, titled=False)
    assert colour(image, 150, before.top() - 2) == "#cc0000", "the picture has their room"
    assert box.isVisible() and named.isVisible() and red.geometry() == before
    assert view.focusWidget() is field
    kept = render_svg(view_of(view), Background.SCREEN, titled=False, controls=True)
    assert "Smoothing" in kept


def test_numbers_keep_their_digits_and_say_nothing_where_nothing_is_known() -> None:
    loss = np.array([0.1, np.nan, 1 / 3])
    table = NumberTable(
        ("step", "loss", 'a "class", so'), [np.arange(3.0), loss, ["x", "y, z", "ü"]]
    )
    rows = list(csv.reader(io.StringIO(table.text())))
    assert rows[0] == ["step", "loss", 'a "class", so']
    assert rows[1] == ["0", "0.1", "x"] and rows[2] == ["1", "", "y, z"]
    assert float(rows[3][1]) == 1 / 3
