"""Entries of a race: settings typed by a person, and suggested lists of them."""

from collections.abc import Mapping, Sequence

from core.chapters.chapter import Chapter
from core.errors import KnobError, LabError
from core.knobs import Knobs
from core.search.settings_text import parse_setting, setting_text, split_settings
from core.translation import tr

_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
_SIZE_FACTORS = (0.25, 1.0, 4.0)
_NO_SETTING = "seed", "validate_every"  # chosen for all alike, and no part of how one learns
_PLAIN = ("sgd", "momentum", "nesterov")
_PLAIN_RATE, _ADAGRAD_RATE, _OWN_PACE_RATE = 0.01, 0.01, 0.001


class RaceEntries:
    """Settings of a chapter as texts, and what they say.

    Attributes: `texts`.
    """

    def __init__(self, chapter: Chapter, texts: Sequence[str] = ()) -> None:
        self.texts = tuple(texts)
        self._defaults = chapter.defaults()
        self._read: dict[str, dict[str, float] | LabError] = {}

    def values(self, text: str) -> dict[str, float] | LabError:
        """What an entry says, or what is wrong with it."""
        if text not in self._read:
            try:
                self._read[text] = parse_entry(self._defaults, text)
            except LabError as error:
                self._read[text] = error
        return self._read[text]

    def settings(self) -> list[dict[str, float]]:
        """The values of all. Raises LabError for the first that is wrong, or means the same as one
        before it.
        """
        found: list[dict[str, float]] = []
        meant: dict[tuple[float, ...], str] = {}
        for text in self.texts:
            values = self.values(text)
            if isinstance(values, LabError):
                raise values
            before = meant.setdefault(self._meant(values), text)
            if len(meant) == len(found):
                words = tr(
                    "One setting is in the list twice: “{text}” is the same as “{before}”. "
                    "Change or remove one."
                )
                raise LabError(words.format(text=text, before=before))
            found.append(values)
        return found

    def fresh(self, texts: Sequence[str]) -> list[str]:
        """Those that are not in the list yet, nor mean the same as one that is."""
        known = [self.values(text) for text in self.texts]
        meant = {self._meant(values) for values in known if not isinstance(values, LabError)}
        new = []
        for text in texts:
            values = self.values(text)
            if isinstance(values, LabError):
                new += [text] if text not in self.texts else []
            elif self._meant(values) not in meant:
                meant.add(self._meant(values))
                new.append(text)
        return new

    def _meant(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """All knobs as they will be."""
        return tuple({**self._defaults, **values}.values())

    def names(self) -> list[str]:
        """For every entry a short name: without what is the same in all, and bare choices."""
        read = [self.values(text) for text in self.texts]
        known = [values for values in read if not isinstance(values, LabError)]
        keys = {key for values in known for key in values}
        same = {k for k in keys if len(known) > 1 and len({v.get(k) for v in known}) == 1}
        return [
            text if isinstance(values, LabError) else self._name(values, same) or text
            for text, values in zip(self.texts, read, strict=True)
        ]

    def _name(self, values: Mapping[str, float], without: set[str]) -> str:
        words = []
        for key, value in values.items():
            knob = self._defaults.knobs[key]
            if key not in without:
                words.append(knob.text(value) if knob.choices else f"{key}={knob.text(value)}")
        return " ".join(words)


def parse_entry(knobs: Knobs, text: str) -> dict[str, float]:
    """The values of an entry like `lr=0.1 optimizer=adam`. Raises LabError in a sentence."""
    words = split_settings(text)
    if not words:
        raise LabError(tr("This setting is empty. Write NAME=VALUE, for example lr=0.1"))
    values = parse_setting(knobs, words)
    if "seed" in values:
        raise KnobError(tr("Seeds are set below the list for all rows: leave out “seed”."))
    return values


def current_settings(chapter: Chapter, knobs: Knobs) -> str:
    """The knobs as they are turned: those that are not at their default."""
    return setting_text(_turned(chapter, knobs), knobs) or _any_text(knobs)


def optimisers(chapter: Chapter, knobs: Knobs) -> list[str]:
    """Every optimiser with a learning rate of its kind, all else as it is turned."""
    if "optimizer" not in knobs or "lr" not in knobs:
        return []
    choice, rate = knobs.knobs["optimizer"], knobs.knobs["lr"]
    now = knobs.name_of("optimizer")
    found = []
    for number, name in enumerate(choice.choices):
        usual = knobs["lr"] if _kind(name) == _kind(now) else _kind(name)
        values = {"optimizer": float(number), "lr": min(max(usual, rate.low), rate.high)}
        found.append(setting_text({**values, **_turned(chapter, knobs, *values)}, knobs))
    return found


def rates(chapter: Chapter, knobs: Knobs) -> list[str]:
    """The learning rate as it is turned, and tenth to tenfold, as far as the knob goes."""
    return _scaled(chapter, knobs, "lr", _FACTORS)


def batch_sizes(chapter: Chapter, knobs: Knobs) -> list[str]:
    """The mini-batch as it is, a quarter and fourfold."""
    return _scaled(chapter, knobs, "batch_size", _SIZE_FACTORS)


def experiments(chapter: Chapter, knobs: Knobs) -> list[str]:
    """The chapter's own experiments."""
    asked = [dict(parse_setting(knobs, [f"{k}={v}" for k, v in experiment.texts().items()]))
             for experiment in chapter.experiments]  # fmt: skip
    texts = [setting_text({k: v for k, v in values.items() if k != "seed"}, knobs)
             for values in asked]  # fmt: skip
    return [text for text in dict.fromkeys(texts) if text]


def _kind(optimiser: str) -> float:
    """The learning rate that optimisers of this kind usually want."""
    if optimiser in _PLAIN:
        return _PLAIN_RATE
    return _ADAGRAD_RATE if optimiser == "adagrad" else _OWN_PACE_RATE


def _scaled(chapter: Chapter, knobs: Knobs, key: str, factors: tuple[float, ...]) -> list[str]:
    if key not in knobs:
        return []
    knob = knobs.knobs[key]
    values = [knobs[key] * factor for factor in factors]
    inside = [knob.coerce(value) for value in values if knob.low <= value <= knob.high]
    rest = _turned(chapter, knobs, key)
    return [setting_text({key: value, **rest}, knobs) for value in dict.fromkeys(inside)]


def _turned(chapter: Chapter, knobs: Knobs, *without: str) -> Mapping[str, float]:
    defaults = chapter.defaults()
    left_out = {*_NO_SETTING, *without}
    return {k: v for k, v in knobs.items() if k not in left_out and v != defaults[k]}


def _any_text(knobs: Knobs) -> str:
    key = "lr" if "lr" in knobs else next(iter(knobs))
    return setting_text({key: knobs[key]}, knobs)
