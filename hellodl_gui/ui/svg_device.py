"""SVG paint device whose output looks the same in every viewer.

Letters become outlines, so that no reader needs our font, and parts of pictures are cut out; Qt's
own SVG writer does neither. Each outline of a text carries the words as `aria-label`.
"""

import base64
import math
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QLineF,
    QPointF,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QImageWriter,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTextItem,
    QTransform,
)

_DPI = 96
_SHARP = 4  # pixels of a coarse picture for one of the page
_MOST_PIXELS = 2048  # along its longer side
_CAPS = {Qt.PenCapStyle.FlatCap: "butt", Qt.PenCapStyle.RoundCap: "round"}
_JOINS = {Qt.PenJoinStyle.MiterJoin: "miter", Qt.PenJoinStyle.RoundJoin: "round"}
_NO_PEN = Qt.PenStyle.NoPen
_OPEN = QPaintEngine.PolygonDrawMode.PolylineMode


def svg_number(value: float) -> str:
    """As few digits as a hundredth of a pixel needs."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def png_bytes(image: QImage) -> bytes:
    """A picture as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def path_data(path: QPainterPath) -> str:
    """The `d` of an SVG path."""
    kinds = QPainterPath.ElementType
    parts, count, place = [], path.elementCount(), 0
    while place < count:
        element = path.elementAt(place)
        taken = 1
        if element.type is kinds.CurveToElement:
            taken = 3
        letter = {kinds.MoveToElement: "M", kinds.LineToElement: "L"}.get(element.type, "C")
        points = [path.elementAt(place + i) for i in range(taken)]
        parts.append(letter + " ".join(f"{svg_number(p.x)} {svg_number(p.y)}" for p in points))
        place += taken
    return "".join(parts)


def _paint(name: str, colour: QColor, opacity: float) -> str:
    alpha = colour.alphaF() * opacity
    text = f' {name}="{colour.name()}"'
    return text if alpha > 0.999 else f'{text} {name}-opacity="{alpha:.3f}"'


def _plain(brush: QBrush) -> QColor:
    """The one colour that stands for a brush: of a gradient its middle."""
    gradient = brush.gradient()
    if gradient is None:
        return brush.color()
    stops = gradient.stops()
    return QColor(stops[len(stops) // 2][1]) if stops else QColor(Qt.GlobalColor.transparent)


def _coarse(image: QImage, place: QRectF) -> QImage:
    """A picture with few pixels, each drawn as a square of many: whoever smooths it, as most
    programs but browsers do, blurs only the edges.
    """
    if image.isNull():
        return image
    sharp = min(_SHARP * max(place.width(), place.height()), _MOST_PIXELS)
    times = int(sharp / max(image.width(), image.height()))
    if times < 2:
        return image
    fast = Qt.TransformationMode.FastTransformation
    keep = Qt.AspectRatioMode.IgnoreAspectRatio
    return image.scaled(image.size() * times, keep, fast)


class _Engine(QPaintEngine):
    """Collects elements; everything is brought into the coordinates of the page first."""

    def __init__(self, clear: QColor | None, picture: Callable[[QImage], QImage]) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.elements: list[str] = []
        self._clear = clear
        self._picture = picture
        self._clips: dict[str, str] = {}
        self._transform = QTransform()
        self._pen, self._brush = QPen(), QBrush()
        self._opacity = 1.0
        self._smooth = False

    # -- what Qt calls ------------------------------------------------------------------------

    def begin(self, device: QPaintDevice) -> bool:
        """Ready."""
        return True

    def end(self) -> bool:
        """End of painting."""
        return True

    def type(self) -> QPaintEngine.Type:
        """One of our own."""
        return QPaintEngine.Type.User

    def updateState(self, state: QPaintEngineState) -> None:
        """Pen, brush and place of what comes next."""
        self._transform = state.transform()
        self._pen, self._brush = state.pen(), state.brush()
        self._opacity = state.opacity()
        self._smooth = bool(state.renderHints() & QPainter.RenderHint.SmoothPixmapTransform)

    def drawPath(self, path: QPainterPath) -> None:
        """A shape, filled and outlined."""
        self._shape(path, self._brush)

    def drawPolygon(self, points: Iterable[Any], mode: QPaintEngine.PolygonDrawMode) -> None:
        """A polygon, or an open line."""
        first, *others = map(QPointF, points)
        path = QPainterPath(first)
        for point in others:
            path.lineTo(point)
        if mode is not _OPEN:
            path.closeSubpath()
        self._shape(path, QBrush() if mode is _OPEN else self._brush)

    def drawLines(self, lines: Iterable[Any]) -> None:
        """Lines, those that go on from each other as one."""
        path, at = QPainterPath(), None
        for line in map(QLineF, lines):
            if line.p1() != at:
                path.moveTo(line.p1())
            path.lineTo(line.p2())
            at = line.p2()
        self._shape(path, QBrush())

    def drawRects(self, rects: Iterable[Any]) -> None:
        """Rectangles."""
        path = QPainterPath()
        for rect in rects:
            path.addRect(QRectF(rect))
        self._shape(path, self._brush)

    def drawTextItem(self, point: Any, item: QTextItem) -> None:
        """Words, as the outlines of their letters."""
        path = QPainterPath()
        path.addText(point, item.font(), item.text())
        words = item.text().strip()
        if words:
            path = self._fitted(self._transform.map(path))
            fill = _paint("fill", self._pen.color(), self._opacity)
            self.elements.append(
                f'<path d="{path_data(path)}"{fill} aria-label={quoteattr(words)}/>'
            )

    def drawPixmap(
        self, rect: QRectF | QRect, pixmap: QPixmap | QImage, source: QRectF | QRect
    ) -> None:
        """A picture, or a part of one."""
        self._image(QRectF(rect), QPixmap(pixmap).toImage(), QRectF(source))

    def drawImage(
        self,
        rect: QRectF | QRect,
        image: QImage,
        source: QRectF | QRect,
        flags: Qt.ImageConversionFlag = Qt.ImageConversionFlag.AutoColor,
    ) -> None:
        """A picture, or a part of one."""
        self._image(QRectF(rect), image, QRectF(source))

    # -- how it is written --------------------------------------------------------------------

    def _shape(self, path: QPainterPath, brush: QBrush) -> None:
        pen = self._pen
        filled, drawn = brush.style() is not Qt.BrushStyle.NoBrush, pen.style() is not _NO_PEN
        colour = _plain(brush)
        if filled and (colour.alpha() == 0 or colour == self._clear):
            filled = False
        if not (filled or drawn) or path.isEmpty():
            return
        placed = self._transform.map(path)
        if filled:
            inside = path_data(self._fitted(placed))
            self.elements.append(f'<path d="{inside}"{_paint("fill", colour, self._opacity)}/>')
        if drawn:
            line = f'<path d="{path_data(placed)}" fill="none"{self._stroke(pen)}/>'
            self._add(line, placed.controlPointRect())

    def _stroke(self, pen: QPen) -> str:
        grown = 1.0 if pen.isCosmetic() else math.sqrt(abs(self._transform.determinant()))
        width = (pen.widthF() or 1.0) * grown
        text = _paint("stroke", _plain(pen.brush()), self._opacity)
        text += f' stroke-width="{svg_number(width)}"'
        text += f' stroke-linecap="{_CAPS.get(pen.capStyle(), "square")}"'
        text += f' stroke-linejoin="{_JOINS.get(pen.joinStyle(), "bevel")}"'
        if pen.style() is not Qt.PenStyle.SolidLine:
            dashes = " ".join(svg_number(part * width) for part in pen.dashPattern())
            text += f' stroke-dasharray="{dashes}"'
        return text

    def _image(self, rect: QRectF, image: QImage, source: QRectF) -> None:
        part = self._picture(image.copy(source.toAlignedRect()))
        if not self._smooth:
            part = _coarse(part, self._transform.mapRect(rect))
        data = base64.b64encode(png_bytes(part)).decode()
        t = self._transform
        matrix = " ".join(f"{v:.6g}" for v in (t.m11(), t.m12(), t.m21(), t.m22(), t.dx(), t.dy()))
        # librsvg and older programs know the first word only, browsers take the last they know.
        crisp = (
            ""
            if self._smooth
            else ' image-rendering="optimizeSpeed"'
            ' style="image-rendering:optimizeSpeed;image-rendering:pixelated"'
        )
        opacity = "" if self._opacity > 0.999 else f' opacity="{self._opacity:.3f}"'
        element = (
            f'<image x="{svg_number(rect.x())}" y="{svg_number(rect.y())}"'
            f' width="{svg_number(rect.width())}" height="{svg_number(rect.height())}"'
            f' preserveAspectRatio="none"{crisp}{opacity}'
            f' transform="matrix({matrix})" href="data:image/png;base64,{data}"/>'
        )
        self._add(element, t.mapRect(rect))

    def _fitted(self, path: QPainterPath) -> QPainterPath:
        """What may be seen of a filled shape."""
        allowed = self._allowed()
        if allowed is None or allowed.contains(path.controlPointRect()):
            return path
        return path.intersected(allowed)

    def _add(self, element: str, bounds: QRectF) -> None:
        """An element that takes up `bounds` of the page; clipped where it may not be seen whole."""
        allowed = self._allowed()
        if allowed is not None and not allowed.contains(bounds):
            outline = path_data(allowed) or "M0 0"
            if outline not in self._clips:
                self._clips[outline] = f"c{len(self._clips)}"
                self.elements.append(
                    f'<defs><clipPath id="{self._clips[outline]}"><path d="{outline}"/>'
                    "</clipPath></defs>"
                )
            element = f'<g clip-path="url(#{self._clips[outline]})">{element}</g>'
        self.elements.append(element)

    def _allowed(self) -> QPainterPath | None:
        """Where may be painted, in the page's coordinates; None for everywhere."""
        painter, outline = self.painter(), None
        system = self.systemClip()
        if not system.isEmpty():
            outline = QPainterPath()
            outline.addRegion(system)
        if painter.hasClipping():
            own = self._transform.map(painter.clipPath())
            outline = own if outline is None else outline.intersected(own)
        return outline


class SvgDevice(QPaintDevice):
    """A page (width, height) in pixels of 1/96 inch.

    `clear` is a colour whose areas are left out, for a transparent page; `picture` is what is done
    with each picture before it is written.
    """

    def __init__(
        self,
        width: int,
        height: int,
        clear: QColor | None = None,
        picture: Callable[[QImage], QImage] = lambda image: image,
    ) -> None:
        super().__init__()
        self._size = width, height
        self._engine = _Engine(clear, picture)

    def paintEngine(self) -> QPaintEngine:
        """The paint engine."""
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        """Sizes that Qt asks for."""
        kinds = QPaintDevice.PaintDeviceMetric
        width, height = self._size
        millimetres = 25.4 / _DPI
        known = {
            kinds.PdmWidth: width,
            kinds.PdmHeight: height,
            kinds.PdmWidthMM: round(width * millimetres),
            kinds.PdmHeightMM: round(height * millimetres),
            kinds.PdmDepth: 32,
            kinds.PdmDevicePixelRatio: 1,
            kinds.PdmDevicePixelRatioScaled: int(QPaintDevice.devicePixelRatioFScale()),
        }
        return known.get(metric, _DPI)

    def document(self, title: str) -> str:
        """The SVG file, once painting has ended."""
        width, height = self._size
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">\n<title>{escape(title)}</title>\n'
            + "\n".join(self._engine.elements)
            + "\n</svg>\n"
        )
