"""Graphics item of the photo, drawn from a mipmap level near the needed size."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

_FAST = QImage.Format.Format_RGB32  # what the screen has: drawn without conversion
_SMALLEST = 256  # pixels: smaller copies save nothing
_MOST_KEPT = 12_000_000  # pixels of the screen: a larger enlargement is drawn anew each time


class PhotoItem(QGraphicsItem):
    """Shows (H, W, 3) RGB pixels, one a unit of the scene.

    A photo reduced on the screen to a tenth would show one pixel of a hundred and break thin
    strokes, so halved copies are kept and the next larger one is drawn. What the zoom makes of it
    is kept too: a box that moves over the photo uncovers it by copying.
    """

    def __init__(self) -> None:
        super().__init__()
        self._size = 0, 0
        self._levels: list[QPixmap] = []
        self._kept = QPixmap()
        self._kept_scale = 0.0

    def show_over(self, picture: NDArray[np.uint8]) -> None:
        """Take another picture (h, w, 3) of the same page, drawn as large as the photo was."""
        size = self._size
        self.show_pixels(picture)
        self.prepareGeometryChange()
        self._size = size

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Take a photo (H, W, 3)."""
        self.prepareGeometryChange()
        height, width, _ = pixels.shape
        self._size = width, height
        self._levels = []
        self._kept, self._kept_scale = QPixmap(), 0.0
        level = np.ascontiguousarray(pixels)
        while True:
            h, w, _ = level.shape
            image = QImage(level.data, w, h, 3 * w, QImage.Format.Format_RGB888)
            self._levels.append(QPixmap.fromImage(image.convertToFormat(_FAST)))
            if max(w, h) <= 2 * _SMALLEST:
                break
            half = (max(1, w // 2), max(1, h // 2))
            level = np.asarray(cv2.resize(level, half, interpolation=cv2.INTER_AREA), np.uint8)
        self.update()

    def boundingRect(self) -> QRectF:
        """All of the photo."""
        return QRectF(0, 0, *self._size)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Copy what is kept for this zoom, or draw the fitting level."""
        if not self._levels:
            return
        device = painter.deviceTransform()
        scale = device.m11()
        width, height = round(self._size[0] * scale), round(self._size[1] * scale)
        if not 0 < width * height <= _MOST_KEPT or scale >= 1:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 4)
            painter.drawPixmap(self.boundingRect(), self._level(scale), _whole(self._level(scale)))
            return
        if scale != self._kept_scale:
            self._keep(scale, width, height)
        before = painter.worldTransform()
        at = before.map(self.boundingRect().topLeft())
        ratio = painter.device().devicePixelRatioF()
        self._kept.setDevicePixelRatio(ratio)
        painter.resetTransform()
        painter.drawPixmap(at, self._kept)
        painter.setWorldTransform(before)

    def _level(self, scale: float) -> QPixmap:
        """The smallest copy that need not be enlarged."""
        number = 0
        whole = self._levels[0].width() / max(1, self._size[0])
        while number + 1 < len(self._levels) and scale <= whole * 0.5 ** (number + 1):
            number += 1
        return self._levels[number]

    def _keep(self, scale: float, width: int, height: int) -> None:
        level = self._level(scale)
        self._kept = QPixmap(width, height)
        with QPainter(self._kept) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(QRectF(0, 0, width, height), level, _whole(level))
        self._kept_scale = scale


def _whole(pixmap: QPixmap) -> QRectF:
    return QRectF(0, 0, pixmap.width(), pixmap.height())
