"""F1: what is under the pointer, and every key, over the darkened window."""

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

_SHADE = 170


def explanation(widget: QWidget | None) -> tuple[str, str]:
    """(name, help) of the nearest widget around `widget` that explains itself."""
    while widget is not None:
        if widget.toolTip():
            return widget.accessibleName() or widget.windowTitle(), widget.toolTip()
        widget = widget.parentWidget()
    return "", ""


def _entry(keys: list[tuple[str, str]], row: int) -> str:
    """The cells of a key and what it does; empty ones behind the last."""
    pressed, what = keys[row] if row < len(keys) else ("", "")
    name = f"<td style='padding:3px 20px 3px 0; white-space:nowrap'><b>{pressed}</b></td>"
    return name + f"<td style='padding:3px 0; white-space:nowrap'>{what}</td>"


class HelpOverlay(QWidget):
    """Covers its parent until a key or a click."""

    def __init__(self, parent: QWidget, keys: list[tuple[str, str]]) -> None:
        super().__init__(parent)
        self._keys = keys
        self._before: QWidget | None = None
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(520)
        card = QFrame()
        card.setProperty("role", "message")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(28, 24, 28, 24)
        inner.addWidget(self._text)
        layout = QVBoxLayout(self)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def explain(self, at: QPoint) -> None:
        """Explain what lies at this place of the parent, and show all keys."""
        parent = self.parentWidget()
        assert parent is not None
        name, words = explanation(parent.childAt(at))
        keys, half = self._keys, (len(self._keys) + 1) // 2
        rows = "".join(
            f"<tr>{_entry(keys, row)}<td width='40'></td>{_entry(keys, row + half)}</tr>"
            for row in range(half)
        )
        about = f"<h3>{name or self.tr('Under the pointer')}</h3><p>{words}</p>" if words else ""
        self._text.setText(f"{about}<h3>{self.tr('Keys')}</h3><table>{rows}</table>")
        if not self.isVisible():
            self._before = parent.window().focusWidget()
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shade."""
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, _SHADE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key goes back."""
        self._go()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """So does a click."""
        self._go()

    def _go(self) -> None:
        """The keyboard is again where it was."""
        before, self._before = self._before, None
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()
        self.hide()

    def event(self, event: QEvent) -> bool:
        """Keys belong to the overlay while it is up, not to the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
