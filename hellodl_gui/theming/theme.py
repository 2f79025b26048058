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


DARK = Theme(
    name="dark",
    dark=True,
    window="#14171c",
    panel="#1b1f26",
    raised="#252b34",
    line="#363e4a",
    text="#e8ebef",
    quiet="#9aa5b3",
    accent="#5aa9ff",
    on_accent="#08121e",
    negative="#4aa8ff",
    positive="#ff9e3d",
    heat=("#1b1f26", "#2f6db3", "#bfe3ff"),
    curves=("#5aa9ff", "#ff9e3d", "#4fd0a0", "#e07bb8", "#c7b8ff"),
    good="#4fd0a0",
    doubt="#ffc24d",
    bad="#ff7b72",
)

LIGHT = Theme(
    name="light",
    dark=False,
    window="#eceff3",
    panel="#ffffff",
    raised="#f4f6f9",
    line="#cfd6df",
    text="#1a212b",
    quiet="#566272",
    accent="#0b62c4",
    on_accent="#ffffff",
    negative="#0b5fc0",
    positive="#c64e00",
    heat=("#ffffff", "#6ba3dc", "#0b3a75"),
    curves=("#0b62c4", "#c24d00", "#08754f", "#a3307a", "#5b45b8"),
    good="#08754f",
    doubt="#8a5a00",
    bad="#c22f25",
)

CONTRAST = Theme(
    name="contrast",
    dark=True,
    window="#000000",
    panel="#000000",
    raised="#141414",
    line="#8c8c8c",
    text="#ffffff",
    quiet="#d6d6d6",
    accent="#ffe04d",
    on_accent="#000000",
    negative="#4cc3ff",
    positive="#ffb000",
    heat=("#000000", "#2f7fd0", "#ffffff"),
    curves=("#4cc3ff", "#ffb000", "#57ffb8", "#ff8ad8", "#ffffff"),
    good="#57ffb8",
    doubt="#ffe04d",
    bad="#ff8a80",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}
