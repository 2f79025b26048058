"""Attention head by head, compiled; float32. The formulas are in the reference.

Scores, softmax and both products of one head stay in the cache. Under a causal mask a group of
queries meets only the keys it may see. Queries, keys and values may lie side by side, as one linear
layer made them: a head is where it begins and how far its rows are apart.

One half of the heads is done by each core.
"""

from math import prod
from typing import Any

import numpy as np
from numba import njit

from core.kernels.llvm.gemm import multiply
from core.kernels.llvm.jit import both_halves, compiled
from core.kernels.llvm.workspace import borrow, narrow, plain
from core.kernels.numba.recurrent_cells import clear, loop
from core.kernels.numba.vector_math import exp
from core.kernels.reference import attention as reference

Array = Any

_GROUP = 24
"""Queries that are computed together: four tiles of the matrix product."""

_any_order: Any = njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nnan", "nsz"}
)
"""Sums and maxima of a row may be taken in any order, so that they use wide registers."""

_ZERO, _ONE = np.float32(0), np.float32(1)
_LEAST = np.float32(-np.inf)
_NO_MASK = np.zeros((0, 0, 0), np.float32)


@_any_order
def _largest(row: Array) -> Any:
    top = _LEAST
    for j in range(row.size):
        top = max(top, row[j])
    return top


@_any_order
def _total(row: Array) -> Any:
    total = _ZERO
    for j in range(row.size):
        total += row[j]
    return total


@_any_order
def _dot(a: Array, b: Array) -> Any:
    total = _ZERO
    for j in range(a.size):
        total += a[j] * b[j]
    return total


@loop
def _scaled(row: Array, factor: Any) -> None:
    for j in range(row.size):
        row[j] *= factor


@loop
def _masked(row: Array, factor: Any, mask: Array) -> None:
    for j in range(row.size):
        row[j] = row[j] * factor + mask[j]


@loop
def _powers(row: Array, top: Any) -> None:
    for j in range(row.size):
        row[j] = exp(row[j] - top)


@loop
def _score_slope(shares: Array, d_row: Array, common: Any, scale: Any) -> None:
    for j in range(d_row.size):
        d_row[j] = shares[j] * (d_row[j] - common) * scale


@compiled
def _turned(a: Array, at: int, row: int, rows: int, columns: int, out: Array) -> None:
    for i in range(rows):
        for j in range(columns):
            out[j * rows + i] = a[at + i * row + j]


@compiled
def _seen(query: int, keys: int, causal: bool) -> int:
    """How many keys the queries up to this one may see."""
    return min(query + 1, keys) if causal else keys


@compiled
def _place(places: Array, which: int, block: int, heads: int) -> int:
    """Where this head of queries, keys, values (0, 1, 2) or results (3) begins."""
    start, of_sample, of_head, _ = places[which]
    return start + block // heads * of_sample + block % heads * of_head


@both_halves
@compiled
def _attention(
    q: Array, k: Array, v: Array, mask: Array, shares: Array, out: Array, places: Array, heads: int,
    depth: int, width: int, causal: bool, scale: Any, half: int,
) -> None:  # fmt: skip
    blocks, queries, keys = shares.shape
    q_row, k_row, v_row, o_row = places[:, 3]
    turned = np.empty(depth * keys, np.float32)
    for b in range(blocks * half // 2, blocks * (half + 1) // 2):
        q_at, k_at = _place(places, 0, b, heads), _place(places, 1, b, heads)
        v_at, o_at = _place(places, 2, b, heads), _place(places, 3, b, heads)
        _turned(k, k_at, k_row, keys, depth, turned)
        for i in range(0, queries, _GROUP):
            last = min(i + _GROUP, queries)
            seen, at = _seen(last - 1, keys, causal), (b * queries + i) * keys
            for r in range(i, last):
                clear(shares[b, r])
                clear(out[o_at + r * o_row : o_at + r * o_row + width])
            multiply(last - i, seen, depth, q.ctypes, q_at + i * q_row, q_row, 1, turned.ctypes, 0,
                     keys, shares.ctypes, at, keys)  # fmt: skip
            for r in range(i, last):
                own = _seen(r, keys, causal)
                row = shares[b, r, :own]
                if mask.size:
                    _masked(row, scale, mask[b % len(mask), r, :own])
                else:
                    _scaled(row, scale)
                top = _largest(row)
                _powers(row, top if top > _LEAST else _ZERO)
                total = _total(row)
                _scaled(row, _ZERO if total == _ZERO else _ONE / total)
                clear(shares[b, r, own:seen])
            multiply(last - i, width, seen, shares.ctypes, at, keys, 1, v.ctypes, v_at, v_row,
                     out.ctypes, o_at + i * o_row, o_row)  # fmt: skip


@both_halves
@compiled
def _attention_back(
    g: Array, q: Array, k: Array, v: Array, shares: Array, d_q: Array, d_k: Array, d_v: Array,
    places: Array, heads: int, depth: int, width: int, causal: bool, scale: Any, half: int,
) -> None:  # fmt: skip
    blocks, queries, keys = shares.shape
    q_row, k_row, v_row, o_row = places[:, 3]
    turned = np.empty(width * keys, np.float32)
    scores = np.empty((_GROUP, keys), np.float32)
    for b in range(blocks * half // 2, blocks * (half + 1) // 2):
        q_at, k_at = _place(places, 0, b, heads), _place(places, 1, b, heads)
        v_at, o_at = _place(places, 2, b, heads), _place(places, 3, b, heads)
        _turned(v, v_at, v_row, keys, width, turned)
        for r in range(keys):
            clear(d_k[k_at + r * k_row : k_at + r * k_row + depth])
            clear(d_v[v_at + r * v_row : v_at + r * v_row + width])
        for i in range(0, queries, _GROUP):
            last = min(i + _GROUP, queries)
            seen, at = _seen(last - 1, keys, causal), (b * queries + i) * keys
            for r in range(i, last):
                clear(scores[r - i])
                clear(d_q[q_at + r * q_row : q_at + r * q_row + depth])
            multiply(last - i, seen, width, g.ctypes, o_at + i * o_row, o_row, 1, turned.ctypes, 0,
                     keys, scores.ctypes, 0, keys)  # fmt: skip
            for r in range(i, last):
                row, d_row = shares[b, r, :seen], scores[r - i, :seen]
                _score_slope(row, d_row, _dot(row, d_row), scale)
            multiply(last - i, depth, seen, scores.ctypes, 0, keys, 1, k.ctypes, k_at, k_row,
                     d_q.ctypes, q_at + i * q_row, q_row)  # fmt: skip
            multiply(seen, depth, last - i, scores.ctypes, 0, 1, keys, q.ctypes, q_at + i * q_row,
                     q_row, d_k.ctypes, k_at, k_row)  # fmt: skip
            multiply(seen, width, last - i, shares.ctypes, at, 1, keys, g.ctypes, o_at + i * o_row,
                     o_row, d_v.ctypes, v_at, v_row)  # fmt: skip


def attention_forward(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float,
    factors: Array | None = None,
) -> reference.Result:  # fmt: skip
    """See `reference.attention_forward`; the pullback says nothing of the scores.

    With `factors` of dropout it is the reference itself.
    """
    if factors is not None or not narrow(q, k, v):
        return reference.attention_forward(q, k, v, mask, causal, scale, factors)
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    if mask is not None:
        lead = np.broadcast_shapes(lead, mask.shape[:-2])
    q, k, v = (plain(np.broadcast_to(a, (*lead, *a.shape[-2:]))) for a in (q, k, v))
    queries, depth = q.shape[-2:]
    keys, width = v.shape[-2:]
    blocks, factor = prod(lead), np.float32(scale)
    shares, out = borrow((blocks, queries, keys)), borrow((*lead, queries, width))
    steps = ((queries, depth), (keys, depth), (keys, width), (queries, width))
    places = np.array([(0, rows * columns, 0, columns) for rows, columns in steps])
    sizes = places, 1, depth, width, causal, factor
    q_flat, k_flat, v_flat = (a.reshape(-1) for a in (q, k, v))
    _attention(q_flat, k_flat, v_flat, _blocks(mask, lead, queries, keys), shares, out.reshape(-1),
               *sizes)  # fmt: skip

    def pullback(g: Array) -> tuple[Array, ...]:
        slopes = [borrow(a.shape) for a in (q, k, v)]
        _attention_back(plain(g).reshape(-1), q_flat, k_flat, v_flat, shares,
                        *(a.reshape(-1) for a in slopes), *sizes)  # fmt: skip
        return tuple(slopes)

    return out, pullback


def self_attention_forward(
    qkv: Array, heads: int, causal: bool, scale: float
) -> reference.PackedResult:
    """See `reference.self_attention_forward`."""
    if not narrow(qkv):
        return reference.self_attention_forward(qkv, heads, causal, scale)
    samples, length, packed = qkv.shape
    width = packed // 3
    depth, factor = width // heads, np.float32(scale)
    shares, out = borrow((samples * heads, length, length)), borrow((samples, length, width))
    places = np.array(
        [(part * width, length * packed, depth, packed) for part in range(3)]
        + [(0, length * width, depth, width)]
    )
    sizes = places, heads, depth, depth, causal, factor
    flat = plain(qkv).reshape(-1)
    _attention(flat, flat, flat, _NO_MASK, shares, out.reshape(-1), *sizes)

    def pullback(g: Array) -> Array:
        slopes = borrow(qkv.shape)
        d_flat = slopes.reshape(-1)
        _attention_back(plain(g).reshape(-1), flat, flat, flat, shares, d_flat, d_flat, d_flat,
                        *sizes)  # fmt: skip
        return slopes

    return out, pullback


def _blocks(mask: Array | None, lead: tuple[int, ...], queries: int, keys: int) -> Array:
    """A mask for every block, or one for all."""
    if mask is None:
        return _NO_MASK
    if prod(mask.shape[:-2]) == 1:
        lead = ()
    whole = np.broadcast_to(mask.reshape(mask.shape[-2:]) if not lead else mask,
                            (*lead, queries, keys))  # fmt: skip
    return plain(whole.astype(np.float32).reshape(prod(lead), queries, keys))
