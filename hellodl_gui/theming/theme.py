"""Themes: all colours of the lab, by role."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """One set of colours, as #rrggbb.

    `negative` and `positive` are the ends of the diverging palette whose middle is `panel`, so that
    a weight of zero is no colour at all. `curves` are told apart by colour-blind eyes too.
    """

    name: str
    dark: bool
    window: str
    panel: str
    raised: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    negative: str
    positive: str
    heat: tuple[str, str, str]
    curves: tuple[str, ...]
    good: str
    doubt: str
    bad: str


_COLOURS: dict[str, tuple[str, str, str]] = {  # dark, light, high contrast
    "window": ("#14171c", "#eceff3", "#000000"),
    "panel": ("#1b1f26", "#ffffff", "#000000"),
    "raised": ("#252b34", "#f4f6f9", "#141414"),
    "line": ("#363e4a", "#cfd6df", "#8c8c8c"),
    "text": ("#e8ebef", "#1a212b", "#ffffff"),
    "quiet": ("#9aa5b3", "#566272", "#d6d6d6"),
    "accent": ("#5aa9ff", "#0b62c4", "#ffe04d"),
    "on_accent": ("#08121e", "#ffffff", "#000000"),
    "negative": ("#4aa8ff", "#0b5fc0", "#4cc3ff"),
    "positive": ("#ff9e3d", "#c64e00", "#ffb000"),
    "good": ("#4fd0a0", "#08754f", "#57ffb8"),
    "doubt": ("#ffc24d", "#8a5a00", "#ffe04d"),
    "bad": ("#ff7b72", "#c22f25", "#ff8a80"),
}
_HEAT = (
    ("#1b1f26", "#2f6db3", "#bfe3ff"),
    ("#ffffff", "#6ba3dc", "#0b3a75"),
    ("#000000", "#2f7fd0", "#ffffff"),
)
_CURVES = (
    ("#5aa9ff", "#ff9e3d", "#4fd0a0", "#e07bb8", "#c7b8ff"),
    ("#0b62c4", "#c24d00", "#08754f", "#a3307a", "#5b45b8"),
    ("#4cc3ff", "#ffb000", "#57ffb8", "#ff8ad8", "#ffffff"),
)


def _theme(name: str, dark: bool, column: int) -> Theme:
    colours = {role: row[column] for role, row in _COLOURS.items()}
    return Theme(name=name, dark=dark, heat=_HEAT[column], curves=_CURVES[column], **colours)


DARK, LIGHT = _theme("dark", True, 0), _theme("light", False, 1)
CONTRAST = _theme("contrast", True, 2)
THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}
