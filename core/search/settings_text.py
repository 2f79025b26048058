"""Settings as a person types them: `lr=0.1 optimizer=adam`."""

import re
from collections.abc import Mapping, Sequence

from core.errors import KnobError, LabError
from core.knobs import Knobs
from core.translation import tr

_NEXT = re.compile(r"[\s,;]+(?=[\w-]+\s*=)")  # names of choices may have spaces in them


def split_settings(text: str) -> list[str]:
    """`lr=0.1 schedule=inverse sqrt` as [`lr=0.1`, `schedule=inverse sqrt`]."""
    return _NEXT.split(text.strip(" \t\n,;")) if text.strip(" \t\n,;") else []


def parse_setting(knobs: Knobs, words: Sequence[str]) -> dict[str, float]:
    """The values that words like `lr=0.1` give to knobs. Raises LabError, KnobError."""
    values: dict[str, float] = {}
    for word in words:
        key, given, text = word.partition("=")
        key = key.strip().replace("-", "_")
        if not given or not text.strip():
            raise LabError(
                tr("“{word}” is no setting. Write NAME=VALUE, for example lr=0.1").format(word=word)
            )
        if key in values:
            raise KnobError(tr("“{key}” is set twice. Name each setting once.").format(key=key))
        knob = knobs.with_values(**{key: knobs.get(key, 0.0)}).knobs[key]
        values[key] = knob.parse(text)
    return values


def setting_text(values: Mapping[str, float], knobs: Knobs) -> str:
    """`lr=0.1 optimizer=adam`; empty for no values."""
    return " ".join(f"{key}={knobs.knobs[key].typed(value)}" for key, value in values.items())
