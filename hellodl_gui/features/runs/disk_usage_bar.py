"""Disk usage of the recorded runs, how many are kept, and the trash."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from core.errors import LabError
from core.formatting import format_fixed
from core.record.retention import MOST_BYTES, DiskUsage, load_keep_last, save_keep_last
from core.translation import tr
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import quiet

_COUNTS = (20, 50, 100, 500)
_GB = 2**30


class DiskUsageBar(QWidget):
    """Signals: `empty_wanted()`, after asking; `failed(str)`, where a choice was not written."""

    empty_wanted = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._deleted = 0
        self._words = quiet(QLabel())
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._keep = ComboBox()
        self._keep.setAccessibleName(tr("How many runs to keep"))
        self._keep.setToolTip(
            tr(
                "How many recent runs to keep when a new one starts. Older ones move to "
                "the bin, except those with a tag or note, or that are open or being "
                "recorded."
            )
        )
        self._keep.addItem(tr("keep all"), None)
        for count in _COUNTS:
            self._keep.addItem(tr("keep the last {count}").format(count=count), count)
        self._keep.activated.connect(self._on_chosen)
        self._empty = QPushButton(tr("Empty the bin"))
        self._empty.clicked.connect(self._on_empty)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 10, 2)
        row.addWidget(self._words, 1)
        row.addWidget(self._keep)
        row.addWidget(self._empty)

    def show_room(self, room: DiskUsage) -> None:
        """Show what all records take, and how many of the last are kept."""
        kept = load_keep_last()
        self._deleted = room.deleted
        total = format_fixed((room.bytes + room.deleted_bytes) / _GB, 2)
        text = tr("{runs} runs, {total} of {most} GB").format(
            runs=f"{room.records:,}", total=total, most=format_fixed(MOST_BYTES / _GB, 0)
        )
        if room.deleted:
            text += tr(" · in the bin: {count}").format(count=f"{room.deleted:,}")
        self._words.setText(text)
        self._words.setToolTip(
            tr(
                "Above this size the oldest runs are deleted when a new one starts, "
                "those in the bin first; runs with a tag or note and open runs are kept."
            )
        )
        self._empty.setEnabled(room.deleted > 0)
        place = self._keep.findData(kept)
        if place < 0:
            self._keep.addItem(tr("keep the last {count}").format(count=kept), kept)
            place = self._keep.count() - 1
        self._keep.setCurrentIndex(place)

    def _on_chosen(self, place: int) -> None:
        """From the next run on keep only so many."""
        try:
            save_keep_last(self._keep.itemData(place))
        except LabError as error:
            self.failed.emit(str(error))

    def _on_empty(self) -> None:
        question = tr("Delete {count} runs for good? This cannot be undone.")
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            tr("Empty the bin"),
            question.format(count=f"{self._deleted:,}"),
            buttons.Yes | buttons.Cancel,
            buttons.Cancel,
        )
        if answer == buttons.Yes:
            self.empty_wanted.emit()
