"""What a person can set about finding characters on a page, and how each of it is shown."""

from dataclasses import dataclass, fields, replace

from core.errors import KnobError
from core.knobs import Knob
from core.translation import tr


@dataclass(frozen=True)
class PageSettings:
    """Values of the page's settings, in the order in which the stages use them.

    `paper`: 0 tells by itself, 1 dark ink on light paper, 2 light ink on dark paper. `mark`: the
    widest stroke, as a share of the photo's longest side; what is wider is light. `sensitivity`
    0..1: how faint a mark may be and still count as ink. `rules`: take printed lines away. `join`:
    how far apart pieces of one character may be, 1 is usual. `min_size`: the smallest character, as
    a share of the page's typical character height. `split`: cut touching characters. `shifts`: a
    glyph is also read moved by up to so many pixels, and the readings averaged. `word_gap`: how
    wide a gap must be to part words, 1 is usual.
    """

    paper: int = 0
    mark: float = 0.09
    sensitivity: float = 0.5
    rules: bool = True
    join: float = 1.0
    min_size: float = 0.3
    split: bool = True
    shifts: int = 1
    word_gap: float = 1.0

    def changed(self, key: str, value: float) -> "PageSettings":
        """The same with one value changed. Raises KnobError for a bad name or value."""
        setting = next((s for s in SETTINGS if s.key == key), None)
        if setting is None:
            raise KnobError(
                tr("There is no setting “{key}”. A page has: {settings}.").format(
                    key=key, settings=", ".join(s.key for s in SETTINGS)
                )
            )
        kind = type(getattr(self, key))
        return replace(self, **{key: kind(setting.coerce(value))})


def _usual(key: str) -> float:
    return float(getattr(PageSettings(), key))


def _choice(key: str, label: str, choices: tuple[str, ...], help: str) -> Knob:
    return Knob.choice(key, label, choices, choices[int(_usual(key))], help, live=True)


PAPER = _choice(
    "paper",
    "Paper",
    ("detect", "light", "dark"),
    "Dark ink on light paper, or chalk on a board. “Detect” decides by the thin marks.",
)
MARK = Knob(
    "mark",
    "Thickest stroke",
    _usual("mark"),
    0.02,
    0.3,
    help="Dark areas wider than this count as shadow and are removed; narrower ones count as "
    "writing.",
    scale="log",
    unit="of photo size",
)
SENSITIVITY = Knob(
    "sensitivity",
    "Sensitivity",
    _usual("sensitivity"),
    0.0,
    1.0,
    help="How faint a stroke may be and still count as ink.",
)
RULES = _choice(
    "rules",
    "Ruled lines",
    ("leave", "remove"),
    "Remove the long straight lines of ruled and squared paper.",
)
JOIN = Knob(
    "join",
    "Join pieces up to",
    _usual("join"),
    0.0,
    2.0,
    help="Largest gap between pieces of one character: dots, bars, broken strokes.",
    unit="× usual",
)
MIN_SIZE = Knob(
    "min_size",
    "Ignore marks below",
    _usual("min_size"),
    0.05,
    1.0,
    help="Marks lower than this are taken for specks, hyphens or full stops and ignored.",
    unit="of letter height",
)
SPLIT = _choice(
    "split",
    "Touching characters",
    ("leave", "cut"),
    "Strokes too wide for one character are cut where the join is thin.",
)
SHIFTS = Knob(
    "shifts",
    "Average over shifts",
    _usual("shifts"),
    0,
    2,
    help="Each glyph is also read slightly shifted in all directions, and the readings are "
    "averaged.",
    unit="pixels",
    integer=True,
)

WORD_GAP = Knob(
    "word_gap",
    "Gap between words",
    _usual("word_gap"),
    0.2,
    3.0,
    help="How wide a gap must be to count as a space. Lower it where words run together.",
    scale="log",
    unit="× usual",
)

SETTINGS = (PAPER, MARK, SENSITIVITY, RULES, JOIN, MIN_SIZE, SPLIT, SHIFTS, WORD_GAP)
assert [s.key for s in SETTINGS] == [f.name for f in fields(PageSettings)]
