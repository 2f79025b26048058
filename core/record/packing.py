"""Arrays and states as bytes, and back without trusting them: no pickle, no unbounded unpacking."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.errors import RecordError

_LARGEST_HALF = 65504.0
_LEVEL = 1
_LONGEST_TEXT = 2**20
_LONGEST_STATE = 2**30


def pack_weights(theta: NDArray[np.float32]) -> bytes:
    """θ (P,) in half precision: the high bytes, which are alike, deflated, then the low ones.

    A number too large for half precision becomes the largest one; NaN stays NaN.
    """
    half = np.clip(theta, -_LARGEST_HALF, _LARGEST_HALF).astype("<f2")
    planes = half.view(np.uint8).reshape(-1, 2)
    return zlib.compress(planes[:, 1].tobytes(), _LEVEL) + planes[:, 0].tobytes()


def unpack_weights(blob: bytes, size: int) -> NDArray[np.float32]:
    """θ (size,) of `pack_weights`. Raises RecordError for anything else."""
    high, low = blob[: len(blob) - size], blob[len(blob) - size :]
    inflate = zlib.decompressobj()
    try:
        signs = inflate.decompress(high, size + 1)
    except zlib.error as error:
        raise RecordError(f"A snapshot of weights is damaged: {error}.") from error
    if len(signs) != size or len(low) != size:
        raise RecordError("A snapshot of weights is damaged: it has another length.")
    planes = np.empty((size, 2), np.uint8)
    planes[:, 1] = np.frombuffer(signs, np.uint8)
    planes[:, 0] = np.frombuffer(low, np.uint8)
    return planes.reshape(-1).view("<f2").astype(np.float32)


def pack_array(array: NDArray[Any], dtype: DTypeLike) -> bytes:
    """An array as deflated little-endian numbers of one type."""
    return zlib.compress(np.asarray(array, np.dtype(dtype).newbyteorder("<")).tobytes(), _LEVEL)


def unpack_array(blob: bytes, dtype: DTypeLike, *shape: int) -> NDArray[Any]:
    """An array of this type and shape. Raises RecordError for anything else."""
    kind = np.dtype(dtype).newbyteorder("<")
    length = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(blob, length + 1)
    except zlib.error as error:
        raise RecordError(f"An array in the record is damaged: {error}.") from error
    if len(raw) != length:
        raise RecordError("An array in the record is damaged: it has another length.")
    return np.frombuffer(raw, kind).astype(dtype).reshape(shape)


def pack_state(state: Mapping[str, Any]) -> tuple[str, bytes]:
    """A run's state as JSON, and its arrays as safetensors."""
    arrays = {k: np.ascontiguousarray(v) for k, v in state.items() if isinstance(v, np.ndarray)}
    return json.dumps({k: v for k, v in state.items() if k not in arrays}), save(arrays)


def unpack_state(text: str, blob: bytes) -> dict[str, Any]:
    """The state of `pack_state`. Raises RecordError for anything else."""
    if len(text) > _LONGEST_TEXT or len(blob) > _LONGEST_STATE:
        raise RecordError("A checkpoint in the record is too large to be one.")
    try:
        numbers = json.loads(text)
        arrays = load(blob)
    except (ValueError, RecursionError, SafetensorError, TypeError, KeyError) as error:
        raise RecordError(f"A checkpoint in the record is damaged: {error}.") from error
    if not isinstance(numbers, dict):
        raise RecordError("A checkpoint in the record is damaged: it names nothing.")
    return {**numbers, **arrays}
