"""Export of a computation graph as SVG or PNG, always the whole graph."""

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from hellodl_gui.features.autograd.graph_view import GraphView
from hellodl_gui.theming.theme_manager import themes

_MOST_PIXELS = 8000


def svg_of(view: GraphView) -> bytes:
    """A drawing in the colours of the theme."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    room = QRectF(QPointF(), view.whole.size())
    generator.setTitle(view.accessibleName())
    generator.setSize(room.size().toSize())
    generator.setViewBox(room)
    with QPainter(generator) as painter:
        _render(view, painter, room)
    return bytes(buffer.data().data())


def png_of(view: GraphView) -> bytes:
    """A picture with two pixels a unit, fewer where it would be huge."""
    size = view.whole.size()
    scale = min(2.0, _MOST_PIXELS / max(size.width(), size.height()))
    image = QImage((size * scale).toSize(), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        _render(view, painter, QRectF(image.rect()))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _render(view: GraphView, painter: QPainter, room: QRectF) -> None:
    painter.fillRect(room, QColor(themes().theme.panel))
    view.scene().render(painter, room, view.whole)
