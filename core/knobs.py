"""Knobs: hyperparameters and settings with a control, each with range, unit and help."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.errors import KnobError
from core.formatting import format_number, parse_number
from core.translation import tr


@dataclass(frozen=True)
class Knob:
    """A hyperparameter, or a setting of the page, that has a control in the window.

    A `live` knob takes effect on the next mini-batch, any other when a run starts. A knob with
    `choices` holds the index of the chosen one. `advanced` knobs are collapsed by default.
    """

    key: str
    label: str
    default: float
    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""
    help: str = ""
    integer: bool = False
    choices: tuple[str, ...] = ()
    live: bool = True
    advanced: bool = False

    def __post_init__(self) -> None:
        if self.scale == "log" and self.low <= 0:
            raise KnobError(
                tr("{label}: a logarithmic knob needs a range above zero.").format(
                    label=tr(self.label)
                )
            )
        self.coerce(self.default)

    @classmethod
    def choice(
        cls,
        key: str,
        label: str,
        choices: Iterable[str],
        default: str,
        help: str = "",
        live: bool = False,
        advanced: bool = False,
    ) -> "Knob":
        """A knob that selects one of several names."""
        names = tuple(choices)
        last = len(names) - 1
        return cls(
            key,
            label,
            names.index(default),
            0,
            last,
            help=help,
            integer=True,
            choices=names,
            live=live,
            advanced=advanced,
        )

    def coerce(self, value: float) -> float:
        """`value`, rounded if integer. Raises KnobError outside the range and for NaN."""
        if not self.low <= value <= self.high:
            raise KnobError(
                tr("{label} cannot be {value}. {range}").format(
                    label=tr(self.label), value=format_number(value), range=self._range()
                )
            )
        return float(round(value)) if self.integer else float(value)

    def parse(self, text: str) -> float:
        """The value a person typed: a number, or the name of a choice. Raises KnobError."""
        text = text.strip()
        if text in self.choices:
            return float(self.choices.index(text))
        try:
            value = parse_number(text, self.low, self.high)
        except ValueError as error:
            raise KnobError(f"{tr(self.label)}: {error} {self._range()}") from None
        return self.coerce(value)

    def text(self, value: float) -> str:
        """`value` for display, without its unit."""
        if self.choices:
            return self.choices[round(value)]
        return format_number(round(value) if self.integer else value)

    def typed(self, value: float) -> str:
        """`value` in ASCII, as the command line and files have it."""
        if self.choices:
            return self.choices[round(value)]
        return f"{value:.0f}" if self.integer else f"{value:.4g}"

    def _range(self) -> str:
        if self.choices:
            return tr("Choose one of: {choices}.").format(choices=", ".join(self.choices))
        unit = f" {tr(self.unit)}" if self.unit else ""
        low, high = self.text(self.low), self.text(self.high)
        return tr("Choose a number from {low} to {high}{unit}.").format(
            low=low, high=high, unit=unit
        )


class Knobs(Mapping[str, float]):
    """The knobs of a chapter with their values; immutable."""

    def __init__(self, knobs: Iterable[Knob], values: Mapping[str, float] | None = None) -> None:
        self.knobs = {knob.key: knob for knob in knobs}
        self._values = {key: knob.default for key, knob in self.knobs.items()}
        for key, value in (values or {}).items():
            self._values[key] = self._knob(key).coerce(value)

    def with_values(self, **values: float) -> "Knobs":
        """The same knobs with some values changed. Raises KnobError for a bad name or value."""
        return Knobs(self.knobs.values(), {**self._values, **values})

    def typed(self) -> dict[str, str | float]:
        """The values as a person types them, by key."""
        return {key: knob.typed(self._values[key]) for key, knob in self.knobs.items()}

    def name_of(self, key: str) -> str:
        """The selected name of a knob with choices."""
        return self._knob(key).choices[round(self._values[key])]

    def _knob(self, key: str) -> Knob:
        if key not in self.knobs:
            raise KnobError(
                tr("There is no setting “{key}”. This chapter has: {knobs}.").format(
                    key=key, knobs=", ".join(self.knobs)
                )
            )
        return self.knobs[key]

    def __getitem__(self, key: str) -> float:
        """The value. Raises KnobError for a key that no knob has."""
        try:
            return self._values[key]
        except KeyError:
            self._knob(key)
            raise

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` where a chapter has no such knob."""
        return self._values.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
