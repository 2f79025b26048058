"""Pictures of the stages: drawn anew when the page or its boxes change, and shown in the strip."""

from PySide6.QtCore import QObject, QTimer, Slot

from hellodl_gui.features.page.page_controller import PageController
from hellodl_gui.features.page.stage_images import StageImages, StageRenderer, StageRequest
from hellodl_gui.features.page.stage_strip import StageStrip
from hellodl_gui.features.page.view import PageView

_REST_MS = 150  # boxes are drawn anew once they rest this long; a training network reads at 5 Hz


class StagesController(QObject):
    """Stands between page, strip and view."""

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
