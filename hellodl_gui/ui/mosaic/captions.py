"""Captions shortened to the width of their images."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

_ARROW = 4  # characters of “9→4” and the like


def caption_for(text: str, width: float, metrics: QFontMetrics) -> str:
    """As much of a caption as has room: a last word less (“9→4 81%”, “9→4”) before it is cut."""
    short = text.rpartition(" ")[0]
    for words in (text, short):
        if words and metrics.horizontalAdvance(words) <= width:
            return words
    if "→" in text and len(short or text) <= _ARROW:  # a little over the edge says more than “9→…”
        return short or text
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width))
