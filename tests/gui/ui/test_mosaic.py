"""The mosaic: where tiles lie, which colours they get, and what mouse and keys do."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage
from pytestqt.qtbot import QtBot

from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.mosaic.atlas import TileLayout, pack_tiles
from hellodl_gui.ui.mosaic.captions import caption_for
from hellodl_gui.ui.mosaic.mosaic import Mosaic
from tests.gui.kit import show_widget

NEITHER = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def _mosaic(qtbot: QtBot, tiles: np.ndarray, **options: bool) -> Mosaic:
    mosaic = show_widget(qtbot, Mosaic(**options), 400, 300)
    mosaic.set_tiles(tiles.astype(np.float32))
    return mosaic


def _middle(mosaic: Mosaic, index: int) -> QPoint:
    return mosaic.tile_rect(index).center().toPoint()


def _shot(mosaic: Mosaic) -> QImage:
    return mosaic.grab().toImage()


@pytest.mark.parametrize("tile", [(1, 28, 28), (7, 3, 3), (128, 28, 28), (1024, 5, 5), (2, 64, 9)])
@pytest.mark.parametrize("caption", [0, 16])
def test_tiles_fit_the_area_and_never_overlap(tile: tuple[int, int, int], caption: int) -> None:
    area = 500.0, 320.0
    tiling = TileLayout.fit(tile, area, caption=caption)
    wide, high = tiling.size
    places = [tiling.origin(index) for index in range(tile[0])]
    assert min(x for x, _ in places) >= 0 and max(x for x, _ in places) + wide <= area[0]
    assert min(y for _, y in places) >= 0
    assert max(y for _, y in places) + high + caption <= area[1] + caption
    for index, (x, y) in enumerate(places):
        assert tiling.at(x + 0.01, y + 0.01) == (index, 0, 0)
        corner = tiling.at(x + wide - 0.01, y + high - 0.01)
        assert corner == (index, tile[1] - 1, tile[2] - 1)
    assert tiling.at(-1, -1) is None


def test_packing_keeps_every_tile() -> None:
    tiles = np.arange(7 * 3 * 4, dtype=np.uint8).reshape(7, 3, 4)
    image, across = pack_tiles(tiles)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, across)
        found = image[row * 3 : row * 3 + 3, column * 4 : column * 4 + 4]
        np.testing.assert_array_equal(found, tile)


def test_colours_say_the_sign_and_zero_is_the_panel(qtbot: QtBot) -> None:
    tiles = np.stack([np.full((3, 3), value) for value in (-1.0, 0.0, 1.0)])
    mosaic = _mosaic(qtbot, tiles)
    shot, theme = _shot(mosaic), themes().theme
    seen = [shot.pixelColor(_middle(mosaic, index)) for index in range(3)]
    assert seen[0].name() == theme.negative
    assert seen[2].name() == theme.positive
    panel = QColor(theme.panel)
    assert abs(seen[1].red() - panel.red()) <= 2 and abs(seen[1].blue() - panel.blue()) <= 2


def test_the_same_numbers_have_the_same_colours_whatever_was_shown_before(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.full((4, 3, 3), 0.5))
    mosaic.set_tiles(np.full((4, 3, 3), 2.0, np.float32))
    mosaic.set_tiles(np.full((4, 3, 3), 0.5, np.float32))
    assert mosaic.level == pytest.approx(0.5)


def test_the_level_of_a_calm_mosaic_rises_at_once_and_sinks_slowly(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.full((4, 3, 3), 0.5))
    mosaic.calm = True
    assert mosaic.level == pytest.approx(0.5)
    mosaic.set_tiles(np.full((4, 3, 3), 2.0, np.float32))
    assert mosaic.level == pytest.approx(2.0)
    mosaic.set_tiles(np.full((4, 3, 3), 0.5, np.float32))
    assert 1.9 < mosaic.level < 2.0
    mosaic.forget_level()
    mosaic.set_tiles(np.full((4, 3, 3), 0.5, np.float32))
    assert mosaic.level == pytest.approx(0.5)


def test_numbers_that_are_none_do_not_disturb_the_others(qtbot: QtBot) -> None:
    tiles = np.full((4, 3, 3), 1.0, np.float32)
    mosaic = _mosaic(qtbot, tiles)
    tiles[0] = np.nan
    mosaic.set_tiles(tiles)
    assert mosaic.level == pytest.approx(1.0)
    assert _shot(mosaic).pixelColor(_middle(mosaic, 3)).name() == themes().theme.positive


def test_hovering_reads_the_value_and_goes_on_reading_it(qtbot: QtBot) -> None:
    tiles = np.zeros((6, 3, 3), np.float32)
    tiles[4, 1, 1] = 0.25
    mosaic = _mosaic(qtbot, tiles)
    heard: list[str] = []
    mosaic.hovered.connect(heard.append)
    qtbot.mouseMove(mosaic, _middle(mosaic, 4))
    assert "5" in heard[-1] and "+0.2500" in heard[-1]
    tiles = tiles.copy()
    tiles[4, 1, 1] = -0.5
    mosaic.set_tiles(tiles)
    assert "−0.5000" in heard[-1]


def test_a_click_enlarges_and_another_or_escape_goes_back(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.random.default_rng(0).normal(size=(6, 3, 3)))
    with qtbot.waitSignal(mosaic.picked) as heard:
        qtbot.mouseClick(mosaic, LEFT, NEITHER, _middle(mosaic, 2))
    assert heard.args == [2] and mosaic.enlarged == 2
    qtbot.mouseClick(mosaic, LEFT, NEITHER, QPoint(200, 150))
    assert mosaic.enlarged is None
    qtbot.mouseClick(mosaic, LEFT, NEITHER, _middle(mosaic, 2))
    qtbot.keyClick(mosaic, Qt.Key.Key_Escape)
    assert mosaic.enlarged is None


def test_arrows_walk_over_the_tiles_and_stop_at_the_edge(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.zeros((6, 3, 3)))
    mosaic.set_tiles(np.zeros((6, 3, 3), np.float32), columns=3)
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(mosaic, key)
        seen.append(mosaic.current)
    assert seen == [0, 1, 4, 4]
    qtbot.keyClick(mosaic, Qt.Key.Key_Return)
    assert mosaic.enlarged == 4
    qtbot.keyClick(mosaic, Qt.Key.Key_Right)
    assert mosaic.enlarged == 5, "a close look walks on"


def test_captions_leave_the_pictures_alone(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.ones((6, 28, 28)), symmetric=False)
    mosaic.set_tiles(np.ones((6, 28, 28), np.float32), captions=[("7 98%", None)] * 6)
    shot, rect = _shot(mosaic), mosaic.tile_rect(0)
    lowest = shot.pixelColor(int(rect.center().x()), int(rect.bottom()) - 1)
    assert lowest.name() == themes().theme.positive


def test_nothing_to_show_is_no_trouble(qtbot: QtBot) -> None:
    mosaic = _mosaic(qtbot, np.zeros((0, 28, 28)))
    _shot(mosaic)
    qtbot.mouseMove(mosaic, QPoint(50, 50))
    qtbot.mouseClick(mosaic, LEFT, NEITHER, QPoint(50, 50))
    qtbot.keyClick(mosaic, Qt.Key.Key_Right)
    assert mosaic.current is None


def test_a_few_extreme_weights_do_not_pale_the_others(qtbot: QtBot) -> None:
    tiles = np.random.default_rng(0).normal(size=(128, 28, 28)) * 0.1
    tiles[0, 0, 0] = 50
    assert 0.2 < _mosaic(qtbot, tiles).level < 1


def test_pictures_in_a_row_stand_still_while_their_words_change(qtbot: QtBot) -> None:
    from hellodl_gui.ui.mosaic.image_row import ImageRow

    row = show_widget(
        qtbot, ImageRow(["image", "weights", "product"], [False, True, True], ["×", "="]), 360, 240
    )
    for index in range(3):
        row.set_picture(index, np.ones((28, 28), np.float32), "short")
    pictures = row.findChildren(Mosaic)
    row.layout().activate()  # what was just shown
    places = [picture.geometry() for picture in pictures]
    assert len({place.y() for place in places}) == len({place.height() for place in places}) == 1
    qtbot.mouseMove(pictures[2], pictures[2].rect().center())
    row.grab()
    assert [picture.geometry() for picture in pictures] == places


def test_a_narrow_caption_leaves_out_its_last_word_before_it_is_cut(qtbot: QtBot) -> None:
    metrics = QFontMetrics(QFont())
    wide = metrics.horizontalAdvance("9→4 81%")
    assert caption_for("9→4 81%", wide + 1, metrics) == "9→4 81%"
    assert caption_for("9→4 81%", wide - 1, metrics) == "9→4"
    assert caption_for("9→4 81%", 2, metrics) == "9→4", "never “9→…”"
    assert caption_for("something long", 30, metrics).endswith("…")
