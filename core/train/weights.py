"""Weights with all it takes to use them, as safetensors: chapter, pixels, classes, card."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from core.atomic import write_atomic
from core.errors import WeightsError
from core.kernels.arena import Layout
from core.train.task import Pixels

_LIMIT = 256 * 2**20


def save_weights(
    path: Path,
    layout: Layout,
    theta: NDArray[np.float32],
    chapter: str,
    pixels: Pixels,
    classes: tuple[str, ...],
    card: Mapping[str, str | float],
) -> None:
    """Write θ (P,) under torch's names; `card` says what it was trained on and how well it does."""
    tensors = {name: np.asarray(view, order="C") for name, view in layout.views(theta).items()}
    metadata = {
        "chapter": chapter,
        "pixels": json.dumps(asdict(pixels)),
        "classes": json.dumps(classes),
        "card": json.dumps(dict(card)),
    }
    write_atomic(path, save(tensors, metadata))


def load_weights(path: Path, layout: Layout, pixels: Pixels) -> NDArray[np.float32]:
    """θ (P,) from a file. Raises WeightsError when file and network do not belong together."""
    try:
        if path.stat().st_size > _LIMIT:
            raise WeightsError(
                f"{path.name} is larger than {_LIMIT >> 20} MB; weights here are not."
            )
        with safe_open(path, framework="numpy") as file:
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, SafetensorError, TypeError) as error:  # TypeError: bfloat16 and the like
        raise WeightsError(f"{path.name} cannot be read as safetensors: {error}") from error
    expected = {slot.name: slot.shape for slot in layout.slots}
    for name, shape in expected.items():
        if name not in found:
            raise WeightsError(
                f"{path.name} lacks “{name}”, which this network needs. They belong to another "
                "one: choose the chapter and the settings they were trained with."
            )
        if found[name].shape != shape:
            raise WeightsError(
                f"{path.name}: “{name}” is {found[name].shape}, this network needs {shape}. Choose "
                "the chapter and the settings they were trained with."
            )
        if found[name].dtype.kind != "f" or not _fits_float32(found[name]):
            raise WeightsError(f"{path.name}: “{name}” holds values that are not finite numbers.")
    trained = metadata.get("pixels")
    if trained is not None and _parsed(trained) != asdict(pixels):
        raise WeightsError(
            f"{path.name} was trained on other pixel values {trained} than this network gets."
        )
    theta = np.zeros(layout.size, np.float32)
    for name, view in layout.views(theta).items():
        view[...] = found[name]
    return theta


def classes_in(path: Path) -> tuple[str, ...] | None:
    """The names of the classes that a file of weights tells apart; None where it does not say."""
    try:
        with safe_open(path, framework="numpy") as file:
            found = _parsed((file.metadata() or {}).get("classes", ""))
    except (OSError, SafetensorError):
        return None
    named = isinstance(found, list) and all(isinstance(name, str) for name in found)
    return tuple(found) if named and found else None


def _fits_float32(array: NDArray[np.floating]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.isfinite(array.astype(np.float32, copy=False)).all())


def _parsed(text: str) -> Any:
    """What JSON says; None where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
