"""Parts beside each other where there is room for that, else below each other."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter

_WIDE = 760


class WideOrTall(QSplitter):
    """A splitter that turns when its width passes that of two good columns."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wide: side by side."""
        wide = self.width() >= _WIDE
        turned = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if turned is not self.orientation():
            self.setOrientation(turned)
            self.setSizes([100 * max(self._share(i), 1) for i in range(self.count())])
        super().resizeEvent(event)

    def _share(self, place: int) -> int:
        """How much of the room a part is meant to have."""
        part = self.widget(place)
        if part is None:
            return 0
        policy = part.sizePolicy()
        wide = self.orientation() is Qt.Orientation.Horizontal
        return policy.horizontalStretch() if wide else policy.verticalStretch()
