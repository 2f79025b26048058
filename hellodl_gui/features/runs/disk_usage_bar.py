"""Disk usage of the recorded runs, how many are kept, and the trash."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from core.errors import LabError
from core.formatting import format_fixed
from core.record.retention import MOST_BYTES, DiskUsage, load_keep_last, save_keep_last
from core.translation import tr
from hellodl_gui.ui.controls.buttons import push_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.layout.boxes import hbox

_COUNTS = (20, 50, 100, 500)
_GB = 2**30


class DiskUsageBar(QWidget):
    """Signals: `empty_wanted()`, after asking; `failed(str)`, where a choice was not written."""

    empty_wanted = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._deleted = 0
        self._words = sentence()
        self._words.setWordWrap(False)
        self._keep = combo_box(
            tr("How many runs to keep"),
            tr(
                "How many recent runs to keep when a new one starts. Older ones move to "
                "the bin, except those with a tag or note, or that are open or being "
                "recorded."
            ),
            [(tr("keep all"), None), *map(_kept, _COUNTS)],
            activated=self._on_chosen,
        )
        self._empty = push_button(tr("Empty the bin"), "", self._on_empty)
        hbox((self._words, 1), self._keep, self._empty, margins=(10, 0, 10, 2), on=self)

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
            self._keep.addItem(*_kept(kept or 0))
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


def _kept(count: int) -> tuple[str, int]:
    return tr("keep the last {count}").format(count=count), count
