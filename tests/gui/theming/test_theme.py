"""Themes: readable everywhere, zero has no colour, and whoever draws hears of a change."""

import sys
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from core.paths import resource
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.palette import contrast, diverging, heat, packed, rgb, text_on
from hellodl_gui.theming.theme import THEMES, Theme
from hellodl_gui.theming.theme_manager import themes

EACH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
READABLE = 4.5


@EACH
def test_every_text_is_readable_on_every_ground(theme: Theme) -> None:
    for ground in (theme.window, theme.panel, theme.raised):
        for text in (theme.text, theme.quiet, theme.good, theme.doubt, theme.bad):
            assert contrast(text, ground) >= READABLE, (text, ground)
    assert contrast(theme.on_accent, theme.accent) >= READABLE


@EACH
def test_curves_and_class_names_are_readable_on_a_panel(theme: Theme) -> None:
    for colour in (*theme.curves, theme.accent, theme.negative, theme.positive):
        assert contrast(colour, theme.panel) >= READABLE, colour


@EACH
def test_zero_is_the_panel_and_the_signs_never_change_sides(theme: Theme) -> None:
    lut = diverging(theme).astype(int)
    panel = np.array(rgb(theme.panel))
    assert np.abs(lut[[127, 128], :3] - panel).max() <= 2
    red, blue = lut[:, 0] - panel[0], lut[:, 2] - panel[2]
    assert blue[0] - red[0] > 60, "negative is blue"
    assert red[255] - blue[255] > 60, "positive is orange"


@EACH
def test_text_on_any_colour_of_a_table_is_readable(theme: Theme) -> None:
    for lut in (diverging(theme), heat(theme)):
        for red, green, blue, _ in lut[::5].tolist():
            ground = QColor(red, green, blue)
            assert contrast(text_on(ground).name(), ground.name()) >= READABLE


def test_packed_colours_are_words_qt_understands() -> None:
    theme = THEMES["dark"]
    assert QColor.fromRgb(int(packed(diverging(theme))[255])).name() == theme.positive


def test_a_theme_reaches_the_application_and_its_listeners(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QApplication

    with qtbot.waitSignal(themes().changed) as heard:
        themes().use("light")
    assert heard.args[0] is THEMES["light"]
    assert QApplication.palette().window().color().name() == THEMES["light"].window
    assert THEMES["light"].accent in QApplication.instance().styleSheet()


def test_the_system_theme_follows_the_desktop(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    themes().use("system")
    monkeypatch.setattr(type(themes()), "_system", staticmethod(lambda: THEMES["light"]))
    QApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert themes().theme is THEMES["light"]
    themes().use("contrast")
    QApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert themes().theme is THEMES["contrast"], "a chosen theme stays"


def test_every_icon_has_ink_in_the_colour_asked_for(qtbot: QtBot) -> None:
    for path in resource("icons").glob("*.svg"):
        if "currentColor" not in path.read_text():
            continue
        image = icon(path.stem, "#ff0000").pixmap(QSize(24, 24)).toImage()
        drawn = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert len(drawn) > 20, path.stem
        assert all(colour.red() > 200 and colour.blue() < 40 for colour in drawn), path.stem


def test_a_closed_widget_is_not_kept_by_the_theme(qtbot: QtBot) -> None:
    """Charts come and go with the chapters; the manager must not hold on to them."""
    from PySide6.QtCore import QCoreApplication, QEvent

    from hellodl_gui.features.confusion_matrix.matrix import ConfusionMatrix
    from hellodl_gui.features.score_histogram.score_histogram import ScoreHistogram
    from hellodl_gui.ui.chart.live_plot import LivePlot
    from hellodl_gui.ui.mosaic.mosaic import Mosaic

    for make in (ConfusionMatrix, Mosaic, ScoreHistogram, lambda: LivePlot("Loss")):
        widget = make()
        gone = weakref.ref(widget)
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        del widget
        themes().use("light")
        themes().use("dark")
        import gc

        gc.collect()
        assert gone() is None, make


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None cannot die from Python 3.12 on")
def test_qt_does_not_use_up_none(qtbot: QtBot) -> None:
    """PySide6 6.12 loses a reference to None with every call that returns nothing."""
    from PySide6.QtWidgets import QWidget

    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
    assert sys.getrefcount(None) > before - 500
