"""Settings of the page's segmentation, each with its knob."""

from dataclasses import dataclass, fields, replace
from typing import Any

from core.errors import KnobError
from core.knobs import Knob
from core.translation import tr


@dataclass(frozen=True)
class PageSettings:
    """Settings of segmentation and reading, in the order in which the stages use them.

    What each does is said by its knob below. `paper`: 0 detects it, 1 is light, 2 dark. Lengths are
    shares: `mark` of the photo's longest side, `min_size` of the typical character height, `join`
    and `word_gap` of what is usual; `shifts` are pixels of a glyph.
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
            words = tr("There is no setting “{key}”. A page has: {settings}.")
            raise KnobError(words.format(key=key, settings=", ".join(s.key for s in SETTINGS)))
        kind = type(getattr(self, key))
        return replace(self, **{key: kind(setting.coerce(value))})


def _knob(key: str, label: str, low: float, high: float, help: str, **more: Any) -> Knob:
    return Knob(key, label, float(getattr(_USUAL, key)), low, high, help=help, **more)


def _choice(key: str, label: str, choices: tuple[str, ...], help: str) -> Knob:
    return Knob.choice(key, label, choices, choices[int(getattr(_USUAL, key))], help, live=True)


_USUAL = PageSettings()
PAPER = _choice(
    "paper", "Paper", ("detect", "light", "dark"),
    "Dark ink on light paper, or chalk on a board. “Detect” decides by the thin marks.",
)  # fmt: skip
MARK = _knob(
    "mark", "Thickest stroke", 0.02, 0.3,
    "Dark areas wider than this count as shadow and are removed; narrower ones count as writing.",
    scale="log", unit="of photo size",
)  # fmt: skip
SENSITIVITY = _knob(
    "sensitivity", "Sensitivity", 0.0, 1.0, "How faint a stroke may be and still count as ink."
)
RULES = _choice(
    "rules", "Ruled lines", ("leave", "remove"),
    "Remove the long straight lines of ruled and squared paper.",
)  # fmt: skip
JOIN = _knob(
    "join", "Join pieces up to", 0.0, 2.0,
    "Largest gap between pieces of one character: dots, bars, broken strokes.", unit="× usual",
)  # fmt: skip
MIN_SIZE = _knob(
    "min_size", "Ignore marks below", 0.05, 1.0,
    "Marks lower than this are taken for specks, hyphens or full stops and ignored.",
    unit="of letter height",
)  # fmt: skip
SPLIT = _choice(
    "split", "Touching characters", ("leave", "cut"),
    "Strokes too wide for one character are cut where the join is thin.",
)  # fmt: skip
SHIFTS = _knob(
    "shifts", "Average over shifts", 0, 2,
    "Each glyph is also read slightly shifted in all directions, and the readings are averaged.",
    unit="pixels", integer=True,
)  # fmt: skip
WORD_GAP = _knob(
    "word_gap", "Gap between words", 0.2, 3.0,
    "How wide a gap must be to count as a space. Lower it where words run together.",
    scale="log", unit="× usual",
)  # fmt: skip
SETTINGS = (PAPER, MARK, SENSITIVITY, RULES, JOIN, MIN_SIZE, SPLIT, SHIFTS, WORD_GAP)
assert [s.key for s in SETTINGS] == [f.name for f in fields(PageSettings)]
