"""Text structure of a read page: lines, words, characters. Every format is written from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from core.ocr.boxes import CharacterBox, Rect, bounding_rect
from core.ocr.lines import space_before
from core.ocr.reading import Reading


@dataclass(frozen=True)
class TextCharacter:
    """One box: `text` is "" where nobody could read it; `p` 0..1, 1 for what a person typed.

    `guesses`: what the network read with its probability, the best first; none of an empty box.
    """

    rect: Rect
    text: str
    p: float
    typed: bool
    guesses: tuple[tuple[str, float], ...]

    @property
    def alternatives(self) -> tuple[tuple[str, float], ...]:
        """The guesses other than `text`."""
        return tuple(guess for guess in self.guesses if guess[0] != self.text)


@dataclass(frozen=True)
class TextWord:
    """Characters without a space between them, from left to right; `p`: their mean probability."""

    chars: Sequence[TextCharacter]
    text: str
    rect: Rect
    p: float

    @classmethod
    def of(cls, chars: Sequence[TextCharacter]) -> "TextWord":
        """The word of at least one character."""
        text, rect = "".join(c.text for c in chars), bounding_rect(c.rect for c in chars)
        return cls(chars, text, rect, sum(c.p for c in chars) / len(chars))


@dataclass(frozen=True)
class TextLine:
    """Words from left to right, with a space between them in `text`."""

    words: Sequence[TextWord]
    text: str
    rect: Rect


def text_lines(boxes: Sequence[CharacterBox], readings: Sequence[Reading]) -> tuple[TextLine, ...]:
    """Lines from top to bottom; what a person typed wins over what the network read."""
    placed = sorted(
        zip(boxes, readings, strict=True), key=lambda item: (item[0].line, item[0].rect.centre[0])
    )
    return tuple(_line(list(group)) for _, group in groupby(placed, lambda item: item[0].line))


def edges(rect: Rect) -> tuple[int, int, int, int]:
    """Left, top, right, bottom as whole pixels."""
    return round(rect.x), round(rect.y), round(rect.right), round(rect.bottom)


def xml_safe(text: str) -> str:
    """Without the characters that no XML may hold, escaped or not."""
    return "".join(char if _allowed(char) else "\ufffd" for char in text)


def _allowed(char: str) -> bool:
    if char < " ":
        return char in "\t\n\r"
    return not ("\ud800" <= char <= "\udfff" or char in "\ufffe\uffff")


def _char(box: CharacterBox, reading: Reading) -> TextCharacter:
    if box.char is not None:
        return TextCharacter(box.rect, box.char, 1.0, True, reading.guesses)
    return TextCharacter(box.rect, reading.char, reading.p, False, reading.guesses)


def _line(read: Sequence[tuple[CharacterBox, Reading]]) -> TextLine:
    words: list[list[TextCharacter]] = []
    for starts, (box, reading) in zip(space_before([box for box, _ in read]), read, strict=True):
        if starts or not words:
            words.append([])
        words[-1].append(_char(box, reading))
    parts = [TextWord.of(word) for word in words]
    whole = bounding_rect(part.rect for part in parts)
    return TextLine(parts, " ".join(part.text for part in parts), whole)
