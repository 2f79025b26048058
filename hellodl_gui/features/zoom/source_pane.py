"""Formula and source code, with terms in matching colours."""

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from core.inspect.zoom.source_code import FormulaText, SourceExcerpt
from core.translation import tr
from hellodl_gui.features.zoom.zoom_style import role_colour
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.labels import ElidedLabel, quiet
from hellodl_gui.ui.layout.boxes import vbox


def coloured_formula(written: FormulaText) -> str:
    """A formula as rich text."""
    theme = themes().theme
    return "".join(
        f'<span style="color:{role_colour(theme, role)}">{html.escape(text)}</span>'
        for text, role in written
    ).replace("  ", "&nbsp; ")


class FormulaLine(QLabel):
    """A formula in colours, to be selected; it takes what room there is."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_formula(self, written: FormulaText) -> None:
        """Show another one, in the colours of the theme."""
        self.setText(coloured_formula(written))


class SourcePane(QWidget):
    """Source to read, scrolled to the line where it happens."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[SourceExcerpt | None, str] | None = None
        self._name = quiet(ElidedLabel())
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setAccessibleName(tr("Source of the rule"))
        self._nothing = quiet(QLabel(tr("No single rule computes this.")))
        self._nothing.setWordWrap(True)
        vbox(self._name, (self._text, 1), self._nothing, spacing=3, on=self)

    def current_line(self) -> str:
        """The line that it is scrolled to."""
        return self._text.textCursor().block().text()

    def show_source(self, source: SourceExcerpt | None) -> None:
        """Show these lines, the one that matters in view."""
        theme = themes().theme
        if (source, theme.name) == self._shown:
            return
        self._shown = source, theme.name
        self._text.setVisible(source is not None)
        self._name.setVisible(source is not None)
        self._nothing.setVisible(source is None)
        if source is None:
            return
        self._name.say(
            tr("{file}, line {line}").format(file=source.name, line=source.first + source.focus)
        )
        self._text.setPlainText("\n".join(source.lines))
        document = self._text.document()
        marks = []
        for number, begin, end, role in source.terms:
            block = document.findBlockByNumber(number)
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + begin)
            cursor.setPosition(block.position() + end, QTextCursor.MoveMode.KeepAnchor)
            marks.append(QTextEdit.ExtraSelection())
            marks[-1].cursor = cursor
            marks[-1].format.setForeground(QColor(role_colour(theme, role)))
        line = QTextCursor(document.findBlockByNumber(source.focus))
        focus = QTextEdit.ExtraSelection()
        focus.cursor = line
        focus.format.setBackground(QColor(theme.line))
        focus.format.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
        self._text.setExtraSelections([focus, *marks])
        self._text.setTextCursor(line)
        self._text.centerCursor()
        self._text.horizontalScrollBar().setValue(0)
