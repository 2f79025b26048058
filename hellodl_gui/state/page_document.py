"""The page on the table: its boxes, which are chosen, and what was read in them. No Qt here."""

from collections.abc import Iterable

from psygnal import Signal

from core.ocr.boxes import Box, Rect
from core.ocr.page import Page
from core.ocr.reading import Reading, spaced

UNREAD = "·"


class PageDocument:
    """One page. Whoever changes boxes calls a method, whoever shows them listens.

    Attributes: `page` (None before one is open), `boxes` by number, `readings` by number of box,
    `selected`, the numbers of the chosen boxes.
    """

    opened = Signal()
    boxes_changed = Signal(object)
    readings_changed = Signal(object)
    selection_changed = Signal()

    def __init__(self) -> None:
        self.page: Page | None = None
        self.boxes: dict[int, Box] = {}
        self.readings: dict[int, Reading] = {}
        self.selected: frozenset[int] = frozenset()
        self._next = 0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the photo in pixels."""
        if self.page is None:
            return 0.0, 0.0
        height, width = self.page.photo.pixels.shape[:2]
        return float(width), float(height)

    def open(self, page: Page) -> None:
        """Another page, with the boxes found on it."""
        self.page = page
        self.selected = frozenset()
        self.readings = {}
        self.boxes = {}
        self.opened.emit()
        self.replace_boxes(page.boxes)

    def replace_boxes(self, boxes: Iterable[Box]) -> None:
        """Exactly these boxes instead of all there were."""
        before = set(self.boxes)
        self.boxes = {box.id: box for box in boxes}
        self._next = max(self.boxes, default=-1) + 1
        self.readings = {id: r for id, r in self.readings.items() if id in self.boxes}
        self.select(self.selected & self.boxes.keys())
        self.boxes_changed.emit(before | self.boxes.keys())

    def new_id(self) -> int:
        """A number no box has."""
        self._next += 1
        return self._next - 1

    def put(self, box: Box) -> None:
        """Add a box, or change the one with its number."""
        width, height = self.size
        self.boxes[box.id] = Box(box.id, box.rect.clamped(width, height), box.line, box.char)
        self.boxes_changed.emit({box.id})

    def drop(self, id: int) -> None:
        """Take a box away."""
        del self.boxes[id]
        self.readings.pop(id, None)
        self.select(self.selected - {id})
        self.boxes_changed.emit({id})

    def select(self, ids: Iterable[int]) -> None:
        """Choose these boxes."""
        chosen = frozenset(ids)
        if chosen != self.selected:
            self.selected = chosen
            self.selection_changed.emit()

    def set_readings(self, readings: dict[int, Reading]) -> None:
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

    def line_near(self, rect: Rect) -> int:
        """The line a new box belongs to: that of the nearest box, counted mostly in height."""
        if not self.boxes:
            return 0
        x, y = rect.centre

        def distance(box: Box) -> float:
            bx, by = box.rect.centre
            return abs(by - y) + 0.1 * abs(bx - x)

        nearest = min(self.boxes.values(), key=distance)
        apart = abs(nearest.rect.centre[1] - y)
        if apart < 0.8 * max(nearest.rect.h, rect.h):
            return nearest.line
        return max(box.line for box in self.boxes.values()) + 1

    def lines(self) -> list[list[Box]]:
        """Boxes in reading order: lines from top to bottom, each from left to right."""
        lines: dict[int, list[Box]] = {}
        for box in self.boxes.values():
            lines.setdefault(box.line, []).append(box)
        tops = sorted(
            lines.values(), key=lambda line: sum(b.rect.centre[1] for b in line) / len(line)
        )
        return [sorted(line, key=lambda b: b.rect.x) for line in tops]

    def in_order(self) -> list[Box]:
        """Boxes in reading order."""
        return [box for line in self.lines() for box in line]

    def text(self) -> list[str]:
        """The text, a string a line."""
        return [
            spaced([box.rect for box in line], [self.char_of(box.id) for box in line])
            for line in self.lines()
        ]
