"""Snapshot of a view as PNG or SVG, at any scale and on any background."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.chromeless import without_controls
from hellodl_gui.theming.palette import rgb
from hellodl_gui.theming.render_mode import Rendered
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.svg_device import SvgDevice

_HEAD, _INDENT = 40, 12
_ROWS = 256  # of pixels at once, while colours become transparent


@dataclass(frozen=True)
class SharedView:
    """What is shared: a widget, its short name for files, its title and what is to be known of it.

    `redraw` brings the widget up to date.
    """

    widget: QWidget
    key: str
    title: str
    caption: str
    redraw: Callable[[], object]


def remove_background(image: QImage, ground: str) -> QImage:
    """The picture with as little ink as gives the same over `ground` (#rrggbb).

    For each pixel the smallest opacity from which a colour within the gamut can be found.
    """
    shown = image.convertToFormat(QImage.Format.Format_RGB32)
    made = QImage(shown.size(), QImage.Format.Format_ARGB32)
    source, target = _pixels(shown), _pixels(made)
    behind = np.array(rgb(ground)[::-1], np.float32)
    room_above = np.maximum(255 - behind, 1)
    room_below = np.maximum(behind, 1)
    for top in range(0, len(source), _ROWS):
        away = source[top : top + _ROWS, :, :3] - behind
        opacity = np.where(away > 0, away / room_above, -away / room_below).max(axis=2)
        ink = behind + away / np.maximum(opacity, 1e-6)[:, :, None]
        target[top : top + _ROWS, :, :3] = np.clip(np.rint(ink), 0, 255)
        target[top : top + _ROWS, :, 3] = np.clip(np.rint(255 * opacity), 0, 255)
    made.setDevicePixelRatio(image.devicePixelRatio())
    return made


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """The memory of a picture of 32 bits a pixel: (height, width, 4) as blue, green, red, alpha."""
    height, stride = image.height(), image.bytesPerLine()
    flat: NDArray[np.uint8] = np.frombuffer(image.bits(), np.uint8)
    return flat.reshape(height, stride // 4, 4)[:, : image.width()]


def render_image(
    view: SharedView, scale: float, ground: Background, titled: bool, controls: bool = False
) -> QImage:
    """The view in pixels, `scale` of them to one on the screen in each direction."""
    with without_controls(view.widget, not controls), _drawn_for(view, ground):
        size = _size(view, titled)
        image = QImage(size * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor(themes().theme.panel))
        with QPainter(image) as painter:
            _paint(painter, view, titled, scale)
        return remove_background(image, themes().theme.panel) if ground.clear else image


def render_svg(view: SharedView, ground: Background, titled: bool, controls: bool = False) -> str:
    """The view as an SVG document that needs no font."""
    with without_controls(view.widget, not controls), _drawn_for(view, ground):
        size, panel = _size(view, titled), themes().theme.panel

        def treated(image: QImage) -> QImage:
            return remove_background(image, panel) if ground.clear else image

        clear = QColor(panel) if ground.clear else None
        device = SvgDevice(size.width(), size.height(), clear, treated)
        with QPainter(device) as painter:
            painter.fillRect(QRect(QPoint(), size), QColor(panel))
            _paint(painter, view, titled)
        return device.document(f"{view.title} · {view.caption}")


@contextmanager
def _drawn_for(view: SharedView, ground: Background) -> Iterator[None]:
    """Under the ground's theme; the window is not painted meanwhile, so nobody sees it change."""
    other = ground.theme and ground.theme != themes().theme.name
    with themes().lent(ground.theme, view.widget) if other else nullcontext():
        view.redraw()
        yield
    if other:
        view.redraw()


def _size(view: SharedView, titled: bool) -> QSize:
    return view.widget.size() + QSize(0, _HEAD if titled else 0)


def _paint(painter: QPainter, view: SharedView, titled: bool, scale: float = 1) -> None:
    top = 0
    if titled:
        top = _HEAD
        _paint_head(painter, view)
    parts = QWidget.RenderFlag.DrawChildren
    if view.widget.isWindow():
        parts |= QWidget.RenderFlag.DrawWindowBackground
    with ExitStack() as stack:
        for child in view.widget.findChildren(QWidget):
            if isinstance(child, Rendered):
                stack.enter_context(child.rendered(scale))
        view.widget.render(painter, QPoint(0, top), QRegion(), parts)


def _paint_head(painter: QPainter, view: SharedView) -> None:
    """The title, and after it in a quieter colour what is to be known."""
    theme = themes().theme
    font = view.widget.font()
    font.setBold(True)
    font.setPixelSize(17)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    place = QRectF(_INDENT, 4, view.widget.width() - 2 * _INDENT, _HEAD - 8)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(place, middle, view.title)
    place.setLeft(place.left() + QFontMetricsF(font).horizontalAdvance(view.title) + _INDENT)
    font.setBold(False)
    font.setPixelSize(13)
    painter.setFont(font)
    painter.setPen(QColor(theme.quiet))
    words = QFontMetricsF(font).elidedText(view.caption, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, middle, words)
