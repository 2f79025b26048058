"""Export of a computation graph as SVG or PNG, always the whole graph."""

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsScene

from hellodl_gui.theming.theme_manager import themes

_MOST_PIXELS = 8000


def svg_of(scene: QGraphicsScene, whole: QRectF, title: str) -> bytes:
    """A drawing in the colours of the theme."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle(title)
    generator.setSize(whole.size().toSize())
    generator.setViewBox(QRectF(QPointF(), whole.size()))
    with QPainter(generator) as painter:
        _render(scene, painter, whole, QRectF(QPointF(), whole.size()))
    return bytes(buffer.data().data())


def png_of(scene: QGraphicsScene, whole: QRectF) -> bytes:
    """A picture with two pixels a unit, fewer where it would be huge."""
    size = whole.size()
    scale = min(2.0, _MOST_PIXELS / max(size.width(), size.height()))
    image = QImage((size * scale).toSize(), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        _render(scene, painter, whole, QRectF(image.rect()))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _render(scene: QGraphicsScene, painter: QPainter, whole: QRectF, room: QRectF) -> None:
    painter.fillRect(room, QColor(themes().theme.panel))
    scene.render(painter, room, whole)
