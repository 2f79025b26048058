"""One sample, whatever its kind: a picture, a point, a row of numbers or a text."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from core.data.dataset import Dataset
from core.data.specs import PointSpec, TableSpec, TokenSpec
from core.translation import tr
from hellodl_gui.state.selection import Sample
from hellodl_gui.ui.mosaic.pixel_grid import PixelGrid
from hellodl_gui.ui.samples.point_view import PointView, has_place
from hellodl_gui.ui.samples.row_view import RowView
from hellodl_gui.ui.samples.sample_text import target_text
from hellodl_gui.ui.samples.text_view import TextView


class SampleView(QStackedWidget):
    """Signals: `cursor_moved(int)` another place of the text is meant."""

    cursor_moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("The selected sample"))
        self.picture, self.point, self.row, self.text = (
            PixelGrid(), PointView(), RowView(), TextView(),
        )  # fmt: skip
        for part in (self.picture, self.point, self.row, self.text):
            self.addWidget(part)
        self.text.moved.connect(self.cursor_moved)

    def show_sample(self, sample: Sample, data: Dataset, number: int) -> None:
        """`sample`, which of data sets is number `number` where it is of one."""
        spec = data.spec
        self.setAccessibleDescription(sample.caption)
        match sample.kind:
            case "picture" | "drawing" | "box":
                self.picture.set_picture(sample.value)
                self.setCurrentWidget(self.picture)
            case "text" if isinstance(spec, TokenSpec):
                self.text.show_text(spec, sample.value, sample.cursor)
                self.setCurrentWidget(self.text)
            case "point" if has_place(data) and number < len(data):
                self.point.show_point(data, number)
                self.setCurrentWidget(self.point)
            case _:
                assert isinstance(spec, PointSpec | TableSpec)
                self.row.show_row(spec, sample.value, target_text(data, number))
                self.setCurrentWidget(self.row)
