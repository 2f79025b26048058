"""Samples in words: what stands in a line of a table or a caption."""

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.data.specs import TokenSpec
from core.formatting import format_number

_MOST_NUMBERS, _MOST_CHARACTERS = 6, 60


def numbers_text(values: NDArray[np.floating]) -> str:
    """Numbers (K,) with commas between, the first six of more."""
    flat = np.reshape(values, -1)
    said = ", ".join(format_number(float(value)) for value in flat[:_MOST_NUMBERS])
    return said + (", …" if len(flat) > _MOST_NUMBERS else "")


def input_text(data: Dataset, number: int) -> str:
    """A text's beginning, or a row's numbers; pictures have no words."""
    spec, value = data.spec, data.inputs[number]
    if isinstance(spec, TokenSpec):
        text = spec.decode(value).replace("\n", "⏎")
        return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
    return numbers_text(value) if value.ndim == 1 else ""


def target_text(data: Dataset, number: int) -> str:
    """A class's name, numbers, or the last token that is to come; empty where it is not known."""
    if data.targets is None or number >= len(data):
        return ""
    target = data.targets[number]
    if data.classes and target.ndim == 0:
        return data.classes[int(target)]
    if isinstance(data.spec, TokenSpec) and target.dtype.kind == "i":
        return repr(data.spec.vocabulary[int(target.flat[-1])])[1:-1]
    return numbers_text(np.asarray(target))
