"""Help overlay (F1): the widget under the pointer, and all shortcuts."""

from html import escape

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget
from shiboken6 import isValid

from core.translation import tr

_SHADE = 170
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
_KEYS = "padding:2px 16px 2px 0; white-space:nowrap"
_COLUMNS, _WIDEST, _EDGE = 3, 1180, 24


def explanation(widget: QWidget | None) -> tuple[str, str]:
    """(name, help) of the nearest widget around `widget` that explains itself."""
    while widget is not None:
        if widget.toolTip():
            return widget.accessibleName() or widget.windowTitle(), widget.toolTip()
        widget = widget.parentWidget()
    return "", ""


class HelpOverlay(QWidget):
    """Covers its parent, and whatever is raised in it meanwhile, until a key or a click."""

    def __init__(self, parent: QWidget, groups: list[tuple[str, list[tuple[str, str]]]]) -> None:
        super().__init__(parent)
        self._groups = groups
        self._before: QWidget | None = None
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._text.setContentsMargins(28, 16, 28, 16)
        self._card = QScrollArea()
        self._card.setProperty("role", "message")
        self._card.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._card.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._card.setWidget(self._text)
        self._card.setParent(self)
        self.hide()

    def explain(self, what: QWidget | None) -> None:
        """Explain a widget of the parent, and show all keys."""
        parent = self.parentWidget()
        assert parent is not None
        name, words = explanation(what)
        about = f"<h3>{name or tr('Under the pointer')}</h3><p>{words}</p>" if words else ""
        cells = "".join(f"<td valign='top' width='33%'>{column}</td>" for column in self._columns())
        self._text.setText(f"{about}<table width='100%'><tr>{cells}</tr></table>")
        if not self.isVisible():
            self._before = parent.window().focusWidget()
        self.setGeometry(parent.rect())
        self._place()
        self.show()
        self.raise_()
        self._watch(True)
        self.setFocus()

    def _columns(self) -> list[str]:
        """The groups as tables, in columns of about the same height."""
        whole = sum(len(rows) + 2 for _, rows in self._groups)
        columns, lines = [""] * _COLUMNS, 0
        for title, rows in self._groups:
            words = "".join(
                f"<tr><td style='{_KEYS}'><b>{escape(keys)}</b></td>"
                f"<td style='padding:2px 28px 2px 0'>{escape(what)}</td></tr>"
                for keys, what in rows
            )
            middle = lines + (len(rows) + 2) / 2
            lines += len(rows) + 2
            place = min(int(middle * _COLUMNS / whole), _COLUMNS - 1)
            columns[place] += f"<h4>{escape(title)}</h4><table cellspacing='0'>{words}</table>"
        return columns

    def _place(self) -> None:
        """In the middle, as large as it needs to be; what does not fit is scrolled."""
        width = min(_WIDEST, self.width() - 2 * _EDGE)
        self._text.setFixedWidth(width)
        self._text.setFixedHeight(self._text.heightForWidth(width))
        height = min(self._text.height() + 2, self.height() - 2 * _EDGE)
        self._card.setGeometry(
            (self.width() - width) // 2 - 1, (self.height() - height) // 2, width + 12, height
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shade."""
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, _SHADE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key goes back."""
        self._go()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """So does a click."""
        self._go()

    def _watch(self, on: bool) -> None:
        """Hear, or no longer, of what comes to lie above."""
        parent = self.parentWidget()
        assert parent is not None
        for one in (parent, *parent.findChildren(QWidget, options=_DIRECT)):
            if one is not self:
                (one.installEventFilter if on else one.removeEventFilter)(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing comes above it: no message, no cover, no panel that opens now."""
        match event.type():
            case QEvent.Type.ZOrderChange:
                self.raise_()
            case QEvent.Type.ChildPolished if isinstance(event, QChildEvent):
                if event.child() is not self:
                    event.child().installEventFilter(self)
                    self.raise_()
            case QEvent.Type.Resize if watched is (parent := self.parentWidget()) and parent:
                self.setGeometry(parent.rect())
                self._place()
        return super().eventFilter(watched, event)

    def _go(self) -> None:
        """The keyboard is again where it was."""
        self._watch(False)
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
