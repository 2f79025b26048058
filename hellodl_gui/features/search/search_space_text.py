"""Search space as text: suggests and parses a range for each knob."""

import re
from collections.abc import Sequence

from core.errors import LabError
from core.knobs import Knob, Knobs
from core.search.search_space import SearchDimension, parse_dimension
from core.translation import tr

_AROUND = 10.0
_WHOLE_AROUND = 4.0
_NEVER = ("seed", "validate_every")


def can_vary(knobs: Knobs) -> list[Knob]:
    """The knobs that are worth varying, the usual ones first."""
    return sorted(
        (knob for key, knob in knobs.knobs.items() if key not in _NEVER),
        key=lambda knob: knob.advanced,
    )


def usual_range(knob: Knob, value: float) -> str:
    """Around a value on the knob's own scale, or all there is to choose from."""
    if knob.choices:
        return ",".join(knob.choices)
    if knob.scale == "log":
        around = _WHOLE_AROUND if knob.integer else _AROUND
        low, high = max(value / around, knob.low), min(value * around, knob.high)
    else:
        low, high = knob.low, knob.high
    if not knob.integer:
        return f"{knob.text(low)}..{knob.text(high)}"
    return f"{round(low)}..{round(high)}"


def read_ranges(knobs: Knobs, ranges: Sequence[tuple[str, str]]) -> list[SearchDimension]:
    """What pairs like (“lr”, “0.001..1”) vary. Raises LabError, KnobError."""
    if not ranges:
        raise LabError(tr("Nothing to search yet: add a setting to vary."))
    return [read_range(knobs, key, text) for key, text in ranges]


def read_range(knobs: Knobs, key: str, text: str) -> SearchDimension:
    """What one pair varies. Raises LabError, KnobError."""
    if not text.strip():
        words = tr("{label}: write LOW..HIGH, or values separated by commas.")
        raise LabError(words.format(label=tr(knobs.knobs[key].label)))
    knob = knobs.knobs[key]
    if names := _names(knob, text):
        return SearchDimension.among(knob, [knob.parse(name) for name in names])
    return parse_dimension(knobs, f"{key}={text}")


def _names(knob: Knob, text: str) -> list[str]:
    """The names of choices that make up a text, though there may be commas in them."""
    any_of = "|".join(re.escape(name) for name in sorted(knob.choices, key=len, reverse=True))
    whole = re.fullmatch(rf"\s*(?:{any_of})\s*(?:,\s*(?:{any_of})\s*)*", text)
    return re.findall(any_of, text) if knob.choices and whole else []
