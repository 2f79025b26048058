"""Page document: the open page, its boxes, their selection and readings. No Qt here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from psygnal import Signal

from core.ocr.boxes import CharacterBox, Rect
from core.ocr.limits import is_too_wide
from core.ocr.lines import space_before
from core.ocr.page import Page
from core.ocr.reading import Reading
from core.translation import tr

UNREAD = "·"
DOUBT = 0.6  # usual probability below which a reading is doubtful
_SAME_LINE = 0.8  # of a character's height


class PageDocument:
    """One page. Whoever changes boxes calls a method, whoever shows them listens.

    Attributes: `page` (None before one is open), `boxes` by number, `readings` by number of box,
    `selected`, the numbers of the chosen boxes, `doubt`, the probability below which a reading is
    doubtful.
    """

    opened = Signal()
    boxes_changed = Signal(object)
    readings_changed = Signal(object)
    selection_changed = Signal()
    page_changed = Signal()
    doubt_changed = Signal()

    def __init__(self) -> None:
        self.page: Page | None = None
        self.boxes: dict[int, CharacterBox] = {}
        self.readings: dict[int, Reading] = {}
        self.selected: frozenset[int] = frozenset()
        self.doubt = DOUBT
        self._next = 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the photo in pixels."""
        if self.page is None:
            return 0.0, 0.0
        height, width = self.page.photo.pixels.shape[:2]
        return float(width), float(height)

    def open(self, page: Page, boxes: Iterable[CharacterBox] | None = None) -> None:
        """Another page, with the boxes found on it or with others."""
        before = self.boxes.keys()
        self.page = page
        self.boxes = {box.id: box for box in (page.boxes if boxes is None else boxes)}
        self.readings = {}
        self._next = max(self.boxes, default=-1) + 1
        self.select(())
        self.opened.emit()
        self.boxes_changed.emit(before | self.boxes.keys())

    def set_page(self, page: Page) -> None:
        """The same photo, looked at by other settings. Boxes stay as they are."""
        if page is not self.page:
            self.page = page
            self.page_changed.emit()

    def set_doubt(self, doubt: float) -> None:
        """Doubt readings below another probability."""
        if doubt != self.doubt:
            self.doubt = doubt
            self.doubt_changed.emit()

    def is_doubtful(self, id: int) -> bool:
        """Is a box read, but not surely or as far too wide for a letter, and not typed by hand?"""
        reading, box = self.read(id), self.boxes[id]
        if reading is None or box.char is not None:
            return False
        return reading.p < self.doubt or (
            self.page is not None and is_too_wide(self.page, box.rect)
        )

    def read(self, id: int) -> Reading | None:
        """What was read in a box; None where it is not read yet, or holds no ink."""
        reading = self.readings.get(id)
        return reading if reading is not None and reading.char else None

    @property
    def chosen(self) -> CharacterBox | None:
        """The selected box, if it is only one."""
        return self.boxes.get(min(self.selected)) if len(self.selected) == 1 else None

    def new_id(self) -> int:
        """A number no box has."""
        self._next += 1
        return self._next - 1

    def apply(self, boxes: Mapping[int, CharacterBox | None]) -> None:
        """Put these boxes in place of those with their numbers; None takes a box away."""
        for id, box in boxes.items():
            if box is None:
                self.boxes.pop(id, None)
                self.readings.pop(id, None)
            else:
                self.boxes[id] = box
        self.select(self.selected & self.boxes.keys())
        self.boxes_changed.emit(set(boxes))

    def select(self, ids: Iterable[int]) -> None:
        """Choose these boxes."""
        chosen = frozenset(ids)
        if chosen != self.selected:
            self.selected = chosen
            self.selection_changed.emit()

    def set_readings(self, readings: Mapping[int, Reading]) -> None:
        """Boxes were read."""
        self.readings.update(readings)
        self.readings_changed.emit(set(readings))

    def char_of(self, id: int) -> str:
        """What stands in a box: typed by hand, or read, or a dot."""
        box = self.boxes[id]
        if box.char is not None:
            return box.char
        reading = self.readings.get(id)
        return reading.char if reading is not None else UNREAD

    def spoken(self, id: int) -> str:
        """A box in words: its character and the network's guesses."""
        reading, typed = self.read(id), self.boxes[id].char
        if reading is None:
            return self.char_of(id)
        read = "  ".join(f"{char} {p:.1%}" for char, p in reading.guesses)
        if typed is None:
            return read
        return tr("typed {char}; read {read}").format(char=typed, read=read)

    def line_near(self, rect: Rect, apart_from: Collection[int] = ()) -> int | None:
        """The line a box at `rect` belongs to: that of the nearest other box, counted mostly in
        height. None where no line is near.
        """
        others = [box for box in self.boxes.values() if box.id not in apart_from]
        x, y = rect.centre

        def distance(box: CharacterBox) -> float:
            bx, by = box.rect.centre
            return abs(by - y) + 0.1 * abs(bx - x)

        nearest = min(others, key=distance, default=None)
        if nearest is None:
            return None
        apart = abs(nearest.rect.centre[1] - y)
        return nearest.line if apart < _SAME_LINE * max(nearest.rect.h, rect.h) else None

    def new_line(self) -> int:
        """A number no line has."""
        return max((box.line for box in self.boxes.values()), default=-1) + 1

    def lines(self) -> list[list[CharacterBox]]:
        """Boxes in reading order: lines from top to bottom, each from left to right."""
        lines: dict[int, list[CharacterBox]] = {}
        for box in sorted(self.boxes.values(), key=lambda box: box.rect.x):
            lines.setdefault(box.line, []).append(box)
        return sorted(lines.values(), key=lambda line: fmean(b.rect.centre[1] for b in line))

    def in_order(self) -> list[CharacterBox]:
        """Boxes in reading order."""
        return [box for line in self.lines() for box in line]

    def spaces(self, line: Sequence[CharacterBox]) -> list[bool]:
        """For each box of a line, from left to right: does a space stand before it?"""
        gap = self.page.settings.word_gap if self.page is not None else 1.0
        return space_before(line, gap)

    def as_read(self) -> list[CharacterBox]:
        """Boxes in reading order, with lines counted from 0 and every space decided."""
        return [
            replace(box, line=row, space=starts)
            for row, line in enumerate(self.lines())
            for box, starts in zip(line, self.spaces(line), strict=True)
        ]

    def text(self) -> list[str]:
        """The text, a string a line."""
        return [
            "".join(
                " " * starts + self.char_of(box.id)
                for box, starts in zip(line, self.spaces(line), strict=True)
            )
            for line in self.lines()
        ]
