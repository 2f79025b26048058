"""Splitter that is horizontal where it is wide, else vertical."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QSplitter, QWidget

_UNIT = 100


class WideOrTall(QSplitter):
    """A splitter that turns when its width passes `WIDE` pixels, that of two good columns."""

    WIDE = 760

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(8)
        self._shares: list[tuple[int, int]] = []

    def add(self, part: QWidget, across: int, down: int) -> None:
        """Another part with its share of the width and of the height; 0: as high as it needs."""
        self._shares.append((across, down))
        self.addWidget(part)
        self._share_room()

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest part: it turns before it has less than that."""
        parts = [self.widget(place) for place in range(self.count())]
        widths = [part.minimumSizeHint().width() for part in parts if part is not None]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wide: side by side."""
        wide = self.width() >= self.WIDE
        turned = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if turned is not self.orientation():
            self.setOrientation(turned)
            self._share_room()
        super().resizeEvent(event)

    def _share_room(self) -> None:
        wide = self.orientation() is Qt.Orientation.Horizontal
        sizes = []
        for place, (across, down) in enumerate(self._shares):
            part = self.widget(place)
            if part is None:
                continue
            needs = not wide and not down
            vertical = QSizePolicy.Policy.Maximum if needs else QSizePolicy.Policy.Preferred
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, vertical)
            policy.setHorizontalStretch(across)
            policy.setVerticalStretch(down)
            part.setSizePolicy(policy)
            share = across if wide else down
            sizes.append(part.sizeHint().height() if needs else _UNIT * share)
        self.setSizes(sizes)
