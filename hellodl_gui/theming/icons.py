"""Icons: strokes on a 24×24 grid, drawn in the theme's colours at any size."""

from functools import cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QPainter, QPixmap

from core.paths import resource

_SIDE = 24


def icon(name: str, colour: str) -> QIcon:
    """The icon `resources/icons/name.svg` in one colour."""
    return _icon(name, colour)


@cache
def _icon(name: str, colour: str) -> QIcon:
    svg = resource(f"icons/{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
    made = QIcon()
    ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    for scale in {1.0, ratio, 2.0}:
        side = round(_SIDE * scale)
        image = QImage(QSize(side, side), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        source = QImage.fromData(_sized(svg, side))
        with QPainter(image) as painter:
            painter.drawImage(0, 0, source)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(scale)
        made.addPixmap(pixmap)
    return made


def _sized(svg: bytes, side: int) -> bytes:
    return svg.replace(b'width="24" height="24"', f'width="{side}" height="{side}"'.encode())
