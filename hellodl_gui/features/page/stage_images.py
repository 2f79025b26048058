"""Pictures of the pipeline stages: drawn in the background, shown in the strip and the view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.ocr.boxes import Rect
from core.ocr.glyph import GlyphStyle
from core.ocr.page import Page
from core.ocr.stages import STAGES, draw
from hellodl_gui.features.page.page_controller import PageController
from hellodl_gui.features.page.stage_strip import StageStrip
from hellodl_gui.features.page.view import PageView
from hellodl_gui.services.background_task import BackgroundTask

Picture = NDArray[np.uint8]

_REST_MS = 150  # boxes are drawn anew once they rest this long; a training network reads at 5 Hz
_MOVED_BY_HAND = ("lines", "boxes", "glyphs")  # all others stay while a person moves boxes


@dataclass(frozen=True)
class StageRequest:
    """What to draw: a page, its boxes in lines, and how the network's data were made.

    `longest`: of the small pictures, pixels; `large`: the stage wanted as large as `largest`;
    `known`: small pictures that need not be drawn again.
    """

    page: Page
    lines: Sequence[Sequence[Rect]]
    recipe: GlyphStyle
    longest: int = 240
    large: str = ""
    largest: int = 1_800
    known: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class StageImages:
    """Small pictures (h, w, 3) RGB by stage of `page`, and the stage that was wanted large."""

    page: Page
    small: Mapping[str, Picture]
    stage: str
    large: Picture | None


def draw_stages(request: StageRequest) -> StageImages:
    """All stages of a page; every picture covers the whole photo."""
    page, recipe, lines = request.page, request.recipe, request.lines
    small = dict(request.known)
    for kind in STAGES:
        if kind.key not in small:
            small[kind.key] = draw(kind.key, page, recipe, request.longest, lines)
    key = request.large
    large = draw(key, page, recipe, request.largest, lines) if key else None
    return StageImages(page, small, key, large)


class StageRenderer(QObject):
    """Draws one request at a time; of those that arrive meanwhile only the newest is drawn.

    Signals: `made(StageImages)`.
    """

    made = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: StageRequest | None = None
        self._last: StageImages | None = None
        self._task: BackgroundTask[StageImages] | None = None

    def draw(self, request: StageRequest) -> None:
        """Draw this, and nothing that was asked for before and has not begun."""
        if self._task is not None:
            self._waiting = request
            return
        last = self._last
        if last is not None and last.page is request.page:
            known = {k: picture for k, picture in last.small.items() if k not in _MOVED_BY_HAND}
            request = replace(request, known=known)
        self._task = BackgroundTask(
            lambda _: draw_stages(request), self._on_made, lambda _: self._on_made(None), owner=self
        )

    def finish(self) -> None:
        """Wait for the renderer; called on exit."""
        self._waiting = None
        if self._task is not None:
            self._task.wait()

    def _on_made(self, pictures: StageImages | None) -> None:
        """None of a page too odd to be drawn."""
        if self._task is not None:
            self._task.wait()  # it has told all it has to tell
        self._task, self._last = None, pictures
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.draw(waiting)
        if pictures is not None:
            self.made.emit(pictures)


class StagesController(QObject):
    """Has the stages drawn when the page or its boxes change; its knobs segment the page anew."""

    def __init__(self, controller: PageController, strip: StageStrip, view: PageView) -> None:
        super().__init__(strip)
        self._controller = controller
        self._document = document = controller.document
        self._strip = strip
        self._view = view
        self._maker = StageRenderer(self)
        self._maker.made.connect(self._on_made)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._draw)
        strip.came.connect(self._draw)
        strip.turned.connect(self._on_turned)
        strip.stage_changed.connect(self._on_stage)
        document.opened.connect(self._on_opened)
        document.page_changed.connect(self._on_page)
        document.boxes_changed.connect(self._on_boxes)
        document.readings_changed.connect(self._on_boxes)

    def finish(self) -> None:
        """Stop; called on exit."""
        self._rest.stop()
        self._maker.finish()

    def _on_opened(self) -> None:
        self._strip.enlarge("")
        self._on_page()

    def _on_page(self) -> None:
        self._strip.show_settings(self._controller.settings)
        self._draw()

    def _on_boxes(self, *_: object) -> None:
        if not self._rest.isActive():
            self._rest.start()

    @Slot(str)
    def _on_stage(self, stage: str) -> None:
        if stage:
            self._draw()
        else:
            self._view.show_over(None)

    @Slot(str, float)
    def _on_turned(self, key: str, value: float) -> None:
        self._controller.find(self._controller.settings.changed(key, value))

    @Slot()
    def _draw(self) -> None:
        document = self._document
        if document.page is None or not self._strip.isVisible():
            return
        ratio = self._strip.devicePixelRatioF()
        self._maker.draw(
            StageRequest(
                document.page,
                [[box.rect for box in line] for line in document.lines()],
                self._controller.reader.recipe(),
                longest=round(160 * ratio),
                large=self._strip.stage,
            )
        )

    @Slot(object)
    def _on_made(self, pictures: StageImages) -> None:
        self._strip.show_pictures(pictures.small)
        if pictures.large is not None and pictures.stage == self._strip.stage:
            self._view.show_over(pictures.large)
