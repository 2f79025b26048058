"""Numbers as a person reads and types them, alike in the window, in sentences and in a terminal.

A true minus sign (U+2212), never “−0”; 1,028 with separators; 2·10⁻⁵ in place of 2e-05. Nothing
that another program reads goes through here.
"""

import math
import re
import string
import unicodedata
from decimal import Decimal
from typing import Any

from core.translation import tr

MINUS = "\u2212"
MISSING = "–"  # what stands in a table for a number that is not known

_PLAIN = -4, 6  # decimal exponents from 0.0001 up to 999,999 are written out
_EXACT = 10**6  # whole numbers below are never rounded
_LONGEST = 80  # characters of a number that somebody types
_RAISE = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWER = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


def format_number(
    value: float, digits: int = 4, *, signed: bool = False, zeros: bool = False
) -> str:
    """`value` to so many significant digits: “0.0312”, “19,530”, “4.046·10¹⁰”, “∞”, “NaN”.

    Whole numbers below a million keep all their digits. `signed` writes a plus too; `zeros` keeps
    zeros at the end, for a number that changes often and must not jump about.
    """
    value = float(value)
    if not math.isfinite(value):
        return _unusual(value, signed)
    if value == 0:
        return "0"
    if value == int(value) and abs(value) < _EXACT:
        text = f"{int(value):,}"
        if zeros and len(text.lstrip("-").replace(",", "")) < digits:
            text = f"{value:.{digits - len(text.lstrip('-'))}f}"
        return _sign(text, signed)
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if not _PLAIN[0] <= exponent < _PLAIN[1]:
        return _sign(_scientific(mantissa, exponent, zeros), signed)
    # Digits were rounded once; to round the value again could turn 0.4499… into 0.5.
    text = f"{Decimal(f'{mantissa}e{power}'):,f}"
    return _sign(text if zeros else _short(text), signed)


def format_fixed(value: float, decimals: int, *, signed: bool = False) -> str:
    """`value` with so many decimals, for columns: “+0.570”; from a million on as 1.2·10⁶."""
    value = float(value)
    if not math.isfinite(value):
        return _unusual(value, signed)
    if abs(value) >= _EXACT:
        return format_number(value, 4, signed=signed)
    text = f"{value:,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text.lstrip("-")
    return _sign(text, signed)


def format_count(count: int) -> str:
    """A whole number with all its digits: “1,028”."""
    return _sign(f"{int(count):,}", False)


def format_percent(share: float, decimals: int = 1, *, signed: bool = False) -> str:
    """A share of 1 in percent: “97.2%”."""
    if not math.isfinite(share):
        return _unusual(share, signed)
    return f"{format_fixed(100 * float(share), decimals, signed=signed)}%"


class _Sentence(string.Formatter):
    """`{x:3}` is a number of three digits, `{x:0%}` a share in percent; else as str.format."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        name = str(key)
        if name in kwargs:
            return kwargs[name]
        return getattr(next((one for one in args if hasattr(one, name)), None), name)

    def format_field(self, value: Any, format_spec: str) -> str:
        digits = format_spec.removesuffix("%")
        if not digits.isdecimal():
            return str(super().format_field(value, format_spec))
        write = format_number if digits == format_spec else format_percent
        return write(value, int(digits))


def tr_format(sentence: str, /, *sources: object, **fields: object) -> str:
    """The sentence translated, its fields filled from `fields` or attributes of the `sources`.

    “{loss:3}” writes three digits, as `format_number`, “{share:0%}” no decimals, as
    `format_percent`.
    """
    return _Sentence().vformat(tr(sentence), sources, fields)


def format_probability(share: float) -> str:
    """A probability; nothing is quite sure, and nothing quite impossible: “> 99.9%”."""
    if share < 0.001:
        return "< 0.1%"
    return "> 99.9%" if share > 0.999 else format_percent(share)


_BYTES = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def format_size(size: float) -> str:
    """So many bytes: “812 bytes”, “12.3 kB”, “3.2 GB” (1 kB is 1,000 bytes)."""
    if abs(size) < 1000:
        return tr("{size} bytes").format(size=format_count(round(size)))
    unit = next((unit for unit in ("kB", "MB", "GB") if abs(size) < 999.5 * _BYTES[unit]), "TB")
    return f"{format_number(size / _BYTES[unit], 3)} {unit}"


def format_duration(seconds: float) -> str:
    """How long something took: “240 ms”, “12.5 s”, “3 min 20 s”, “2 h 5 min”."""
    if not math.isfinite(seconds):
        return _unusual(seconds, False)
    size = abs(seconds)
    if size == 0 or 1 <= size < 59.95:
        return f"{format_fixed(seconds, 1)} s"
    for name, factor in (("ns", 1e9), ("µs", 1e6), ("ms", 1e3)):
        if size * factor < 999.5:
            return f"{format_number(seconds * factor, 3)} {name}"
    if size < 1:
        return f"{format_fixed(seconds, 1)} s"
    sign = MINUS if seconds < 0 else ""
    clock = next(row for row in _CLOCK if size < row[2] * row[3] * row[4])
    large, small, unit, parts, _ = clock
    many, rest = divmod(round(size / unit), parts)
    return f"{sign}{format_count(many)} {large}" + (f" {rest} {small}" if rest else "")


# A unit and the next smaller one, that one's seconds, how many make the larger, its most.
_CLOCK = (
    ("min", "s", 1, 60, 59.99),
    ("h", "min", 60, 60, 23.99),
    ("d", "h", 3600, 24, math.inf),
)


def parse_number(text: str, low: float = -math.inf, high: float = math.inf) -> float:
    """The number that somebody typed: “0,01”, “1,028.5”, “1 028”, “2e-5”, “2·10⁻⁵”, “−3”, “25%”.

    A comma before exactly three digits separates thousands (“1,028”), as this program writes them,
    unless only the other reading (1.028) lies from `low` to `high`. Any other single comma is a
    decimal comma. Raises ValueError, with a sentence, for what is no finite number.
    """
    if len(text) > _LONGEST:
        raise ValueError(tr("“{text}…” is too long for a number.").format(text=text[:20]))
    wrong = ValueError(tr("“{text}” is not a number.").format(text=text.strip()))
    powers = _SUPERSCRIPTS.sub(lambda found: "^" + found[0].translate(_LOWER), text)  # 10⁻⁵: 10^-5
    body = unicodedata.normalize("NFKC", powers).strip()
    body = _MINUSES.sub("-", body)
    scale = 0.01 if body.endswith("%") else 1.0
    body = body.removesuffix("%").rstrip()
    found = _TYPED.fullmatch(body)
    if found is None or not (found["mantissa"] or found["power"]):
        raise wrong
    readings = _readings(found["mantissa"] or "1")
    power = int(found["e"] or found["power"] or 0)
    sign = -1.0 if found["sign"] == "-" else 1.0
    values = []
    for reading in readings:
        try:
            value = sign * float(f"{reading}e{power}") * scale
        except (ValueError, OverflowError):
            continue
        if math.isfinite(value):
            values.append(value + 0.0)
    if not values:
        raise ValueError(f"“{text.strip()}” is too large a number.") if readings else wrong
    return next((value for value in values if low <= value <= high), values[0])


_SUPERSCRIPTS = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MINUSES = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_TYPED = re.compile(
    r"(?P<sign>[+-]?)\s*"
    r"(?:(?P<mantissa>[\d.,'’_ ]*\d[.,]?|[\d]+)?"
    r"(?:\s*[eE]\s*(?P<e>[+-]?\d{1,4})|\s*(?:[·×*x]\s*)?10\s*\^\s*(?P<power>[+-]?\d{1,4}))?)"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’_ ])\d{3})(?:\1\d{3})*")


def _readings(mantissa: str) -> list[str]:
    """What digits with points, commas and blanks may mean, the likelier first; [] for nothing."""
    last = max(mantissa.rfind("."), mantissa.rfind(","))
    whole, mark, part = mantissa, "", ""
    if last >= 0:
        whole, mark, part = mantissa[:last], mantissa[last], mantissa[last + 1 :]
    readings = []
    groups = _THOUSANDS.fullmatch(mantissa)
    if groups and not mantissa.startswith("0") and (groups[1] != "." or mantissa.count(".") > 1):
        readings.append(_digits(mantissa))
    if mark:
        groups = _THOUSANDS.fullmatch(whole)
        if not whole or whole.isdigit() or (groups and groups[1] != mark):
            readings.append(f"{_digits(whole) or '0'}.{part or '0'}")
    elif mantissa.isdigit():
        readings.append(mantissa)
    return [reading for reading in readings if reading.replace(".", "", 1).isdigit()]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _unusual(value: float, signed: bool) -> str:
    if math.isnan(value):
        return "NaN"
    return f"{MINUS}∞" if value < 0 else "+∞" if signed else "∞"


def _sign(text: str, signed: bool) -> str:
    if text.startswith("-"):
        return MINUS + text[1:]
    return f"+{text}" if signed else text


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(mantissa: str, exponent: int, zeros: bool) -> str:
    power = "10" + str(exponent).translate(_RAISE)
    short = _short(mantissa)
    if short in ("1", "-1") and not zeros:
        return power if short == "1" else f"-{power}"
    return f"{mantissa if zeros else short}·{power}"
