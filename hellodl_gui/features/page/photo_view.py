"""Photo view: zoom at the pointer, pan beyond the edges."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QCursor,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

from hellodl_gui.features.page.photo_item import PhotoItem
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.wheel import wheel_notches

ZOOM_STEP = 1.2
_LARGEST = 20.0


class PhotoView(QGraphicsView):
    """Places in the scene are pixels of the photo.

    Attributes: `fitted`, whether the whole photo is fitted into the view.

    Signals: `zoomed` the zoom is another.
    """

    zoomed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._paper = PhotoItem()
        self._pixels: NDArray[np.uint8] | None = None
        self.fitted = True
        self._panning: QPoint | None = None
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)  # boxes move and change
        scene.addItem(self._paper)
        self.setScene(scene)
        self.setAcceptDrops(False)  # the panel around it takes files
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        # Items set what they need; keeping it for them costs more than that.
        flag = QGraphicsView.OptimizationFlag
        self.setOptimizationFlags(flag.DontSavePainterState | flag.DontAdjustForAntialiasing)
        themes().changed.connect(self._on_theme)
        self._on_theme()

    @Slot()
    def _on_theme(self) -> None:
        self.setBackgroundBrush(QColor(themes().theme.window))

    def show_photo(self, pixels: NDArray[np.uint8]) -> None:
        """Show (H, W, 3) RGB pixels, whole."""
        height, width, _ = pixels.shape
        self._pixels = pixels
        self._paper.show_pixels(pixels)
        # Room around the photo, so that any place can stay under the pointer while zooming.
        self.setSceneRect(-width / 2, -height / 2, 2 * width, 2 * height)
        self.fit()

    def show_over(self, picture: NDArray[np.uint8] | None) -> None:
        """Another picture (h, w, 3) of the page in the photo's place; None brings it back."""
        if picture is not None:
            self._paper.show_over(picture)
        elif self._pixels is not None:
            self._paper.show_pixels(self._pixels)

    @property
    def zoom(self) -> float:
        """Screen pixels a pixel of the photo."""
        return self.transform().m11()

    @Slot()
    def fit(self) -> None:
        """The whole photo in the window."""
        if not self._paper.boundingRect().isEmpty():
            self.fitInView(self._paper, Qt.AspectRatioMode.KeepAspectRatio)
            self.fitted = True
            self.zoomed.emit()

    def viewpoint(self) -> tuple[float, float, float]:
        """The zoom, 0 while all of the photo is shown, and the place (x, y) in the middle."""
        middle = self.mapToScene(self.viewport().rect().center())
        return 0.0 if self.fitted else self.zoom, middle.x(), middle.y()

    def go_to(self, zoom: float, x: float, y: float) -> None:
        """Look at a place as closely as wanted."""
        if not self._paper.boundingRect().isEmpty():
            self.zoom_by(zoom / self.zoom)
            self._scroll_by(self.mapFromScene(QPointF(x, y)) - self.viewport().rect().center())

    def zoom_by(self, factor: float, at: QPoint | None = None) -> None:
        """Closer or further; what lies at `at` (screen, default the middle) stays there."""
        photo = self._paper.boundingRect()
        if photo.isEmpty():
            return
        if at is None:
            at = self.viewport().rect().center()
        whole = min(self.width() / photo.width(), self.height() / photo.height(), 1.0)
        factor = min(max(self.zoom * factor, whole / 2), _LARGEST) / self.zoom
        place = self.mapToScene(at)
        self.fitted = False
        self.scale(factor, factor)
        self._scroll_by(self.mapFromScene(place) - at)
        self.zoomed.emit()

    def pointer(self) -> QPoint | None:
        """Where the pointer is, if it is over the photo."""
        return self.mapFromGlobal(QCursor.pos()) if self.underMouse() else None

    def start_pan(self, at: QPoint) -> None:
        """Take the paper at a place of the screen."""
        self._panning = at
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def pan_to(self, at: QPoint) -> bool:
        """Bring the paper along, if it was taken."""
        if self._panning is None:
            return False
        self._scroll_by(self._panning - at)
        self._panning = at
        self.fitted = False
        return True

    def end_pan(self) -> None:
        """Let the paper go."""
        self._panning = None

    def place_in_sight(self) -> QPointF:
        """The middle of what can be seen of the photo, in its pixels."""
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        return (seen & self._paper.sceneBoundingRect()).center()

    def _scroll_by(self, by: QPoint) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + by.x())
        down.setValue(down.value() + by.y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with Shift scroll sideways as usual."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().wheelEvent(event)
            return
        self.zoom_by(ZOOM_STEP ** wheel_notches(event), event.position().toPoint())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Two fingers pinch."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position().toPoint())
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A photo that fitted goes on fitting."""
        super().resizeEvent(event)
        if self.fitted:
            self.fit()
