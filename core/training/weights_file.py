"""Weights with all it takes to use them, as safetensors: chapter, pixels, classes, card."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.data.encodings import Encoding, Normalize, Standardize
from core.errors import WeightsError
from core.formatting import format_number
from core.io.atomic_write import write_atomic
from core.io.safe_open import as_lab_error, open_regular, read_regular
from core.nn.arena import ArenaLayout
from core.training.state_dict_keys import describe_renames, match_names
from core.training.torch_checkpoint import is_torch, read_torch
from core.translation import tr

_LIMIT = 256 * 2**20
_HEADER = 2**20  # bytes of the list of tensors: ours are a few thousand


def save_weights(
    path: Path,
    layout: ArenaLayout,
    theta: NDArray[np.float32],
    chapter: str,
    encoding: Encoding,
    classes: tuple[str, ...],
    card: Mapping[str, str | float],
) -> None:
    """Write θ (P,) under torch's names; `card` says what it was trained on and how well it does.

    Raises WeightsError where the disk refuses.
    """
    tensors = {name: np.asarray(view, order="C") for name, view in layout.views(theta).items()}
    metadata = {
        "chapter": chapter,
        "pixels": json.dumps(encoding.card()),
        "classes": json.dumps(classes),
        "card": json.dumps(dict(card)),
    }
    unwritten = "The weights could not be written to {path}: {strerror}."
    with as_lab_error(path, unwritten, WeightsError):
        write_atomic(path, save(tensors, metadata))


class LoadedWeights(NamedTuple):
    """θ (P,) from a file, and the encoding of the samples that they were trained on.

    `said` is a sentence on what was assumed about a foreign file.
    """

    theta: NDArray[np.float32]
    said: str
    encoding: Encoding


def read_weights(path: Path, layout: ArenaLayout, encoding: Encoding) -> LoadedWeights:
    """Weights of ours, or of anybody's with tensors of the same shapes in the same order.

    Safetensors, or PyTorch's file of a state dict. An `encoding` that has not met its training set
    is completed by what the file says of it. Raises WeightsError when file and network do not
    belong together.
    """
    try:
        # Read, not mapped: a file that shrinks under a mapping ends the whole process.
        raw = read_regular(path, _LIMIT)
        if is_torch(raw):
            metadata, found = dict[str, str](), read_torch(path)
        else:
            metadata, found = _metadata(raw), load(raw)
    except (OSError, SafetensorError, ValueError, KeyError) as error:  # KeyError: bfloat16 and such
        raise WeightsError(
            tr(
                "{name} cannot be read as safetensors: {error}. Choose a file of weights that "
                "was saved whole."
            ).format(name=path.name, error=_reason(error))
        ) from error
    expected = {slot.name: slot.shape for slot in layout.specs}
    names = match_names({name: array.shape for name, array in found.items()}, expected)
    for name, shape in expected.items():
        theirs = names.get(name, name)
        if theirs not in found:
            raise WeightsError(
                tr(
                    "{file} lacks “{name}”, which this network needs. They belong to "
                    "another one: choose the chapter and the settings they were trained with."
                ).format(file=path.name, name=name)
            )
        if found[theirs].shape != shape:
            raise WeightsError(
                tr(
                    "{name}: “{theirs}” is {shape}, this network needs {wanted}. Choose the "
                    "chapter and the settings they were trained with."
                ).format(name=path.name, theirs=theirs, shape=found[theirs].shape, wanted=shape)
            )
        if found[theirs].dtype.kind != "f" or not _fits_float32(found[theirs]):
            raise WeightsError(
                tr(
                    "{name}: “{theirs}” holds values that are not finite numbers. Choose "
                    "weights saved before the loss became NaN."
                ).format(name=path.name, theirs=theirs)
            )
    trained = metadata.get("pixels")
    encoding = _same_encoding(path.name, trained, encoding)
    theta = np.zeros(layout.size, np.float32)
    for name, view in layout.views(theta).items():
        view[...] = found[names.get(name, name)]
    said = describe_renames(names)
    if trained is None:
        said = f"{said} {_unknown(encoding)}".strip()
    return LoadedWeights(theta, said, encoding)


def _same_encoding(name: str, trained: str | None, encoding: Encoding) -> Encoding:
    """`encoding`, completed by what the file says of it. Raises WeightsError for another one."""
    if trained is None:
        return encoding
    if isinstance(encoding, Standardize) and not encoding.mean:
        if known := Standardize.of_card(_parsed(trained)):
            return known
    elif _parsed(trained) == encoding.card():
        return encoding
    raise WeightsError(
        tr(
            "{name} was trained on inputs that were scaled otherwise, {trained}, than this "
            "network's. Choose weights of this chapter that were trained on the same data."
        ).format(name=name, trained=trained[:200])
    )


def _unknown(encoding: Encoding) -> str:
    """What is assumed of a file that does not say how its inputs were scaled."""
    if isinstance(encoding, Standardize):
        return tr(
            "The file does not say how its columns were scaled: here each has mean 0 and standard "
            "deviation 1."
        )
    if not isinstance(encoding, Normalize):
        return ""
    return tr(
        "The file does not say how its pixels were scaled: here they are levels from 0 to "
        "1, minus {mean}, divided by {std}."
    ).format(mean=format_number(encoding.mean), std=format_number(encoding.std))


def classes_in(path: Path) -> tuple[str, ...] | None:
    """The names of the classes that a file of weights tells apart; None where it does not say."""
    try:
        with open_regular(path, _LIMIT) as file:
            found = _parsed(_metadata(file.read(_HEADER)).get("classes", ""))
    except (OSError, ValueError):
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
    except (ValueError, RecursionError):
        return None


def _metadata(raw: bytes) -> dict[str, str]:
    """What the head of a safetensors file says besides its tensors. Raises ValueError."""
    length = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or length > len(raw) - 8:
        raise ValueError(tr("it is not a safetensors file"))
    if length > _HEADER - 8:
        raise ValueError(tr("it lists more tensors than any network here has"))
    head = _parsed(raw[8 : 8 + length].decode())
    found = head.get("__metadata__", {}) if isinstance(head, dict) else None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ValueError(tr("its head is damaged"))
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return tr("it holds numbers of the kind {kind}, which are not read").format(
            kind=error.args[0]
        )
    return str(getattr(error, "strerror", None) or error).rstrip(".")
