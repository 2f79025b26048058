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
from core.translation import tr

_LARGEST = 65280.0  # that half precision knows, of so few bits
_LEVEL = 1
_MOST_BYTES_A_BYTE = 8  # that deflate packs into one when it only counts symbols
_LONGEST_TEXT = 2**20
_LONGEST_STATE = 2**30


def pack_weights(theta: NDArray[np.float32]) -> bytes:
    """θ (P,) in half precision, rounded to 8 significant bits: to look at, not to go on from.

    High bytes first, then low ones, each by their frequency. A number too large for half precision
    becomes the largest one; NaN stays NaN.
    """
    half = np.clip(theta, -_LARGEST, _LARGEST).astype("<f2")
    bits = half.view("<u2")
    bits += 4
    bits &= 0xFFF8
    bits[np.isnan(theta)] = 0x7E00
    deflate = zlib.compressobj(_LEVEL, strategy=zlib.Z_HUFFMAN_ONLY)
    planes = half.view(np.uint8).reshape(-1, 2).T[::-1]
    return deflate.compress(planes.tobytes()) + deflate.flush()


def unpack_weights(blob: bytes, size: int) -> NDArray[np.float32]:
    """θ (size,) of `pack_weights`. Raises RecordError for anything else."""
    if 2 * size > _MOST_BYTES_A_BYTE * len(blob):  # a symbol takes a bit at least
        raise RecordError(tr("Weights in the record are damaged: they claim more than they hold."))
    high, low = unpack_array(blob, np.uint8, 2, size)
    return ((high.astype("<u2") << 8) | low).view("<f2").astype(np.float32)


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
        raise RecordError(
            tr("An array in the record is damaged: {error}.").format(error=error)
        ) from error
    if len(raw) != length:
        raise RecordError(tr("An array in the record is damaged: it has another length."))
    return np.frombuffer(raw, kind).astype(dtype).reshape(shape)


def pack_state(state: Mapping[str, Any]) -> tuple[str, bytes]:
    """A run's state as JSON, and its arrays as safetensors."""
    arrays = {k: np.ascontiguousarray(v) for k, v in state.items() if isinstance(v, np.ndarray)}
    return json.dumps({k: v for k, v in state.items() if k not in arrays}), save(arrays)


def unpack_state(text: str, blob: bytes) -> dict[str, Any]:
    """The state of `pack_state`. Raises RecordError for anything else."""
    if len(text) > _LONGEST_TEXT or len(blob) > _LONGEST_STATE:
        raise RecordError(tr("A checkpoint in the record is too large to be one."))
    try:
        numbers = json.loads(text)
        arrays = load(blob)
    except (ValueError, RecursionError, SafetensorError, TypeError, KeyError) as error:
        raise RecordError(
            tr("A checkpoint in the record is damaged: {error}.").format(error=error)
        ) from error
    if not isinstance(numbers, dict):
        raise RecordError(tr("A checkpoint in the record is damaged: it names nothing."))
    return {**numbers, **arrays}
