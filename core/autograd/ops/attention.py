"""Scaled dot-product attention and self-attention (Vaswani et al. 2017)."""

import math
from typing import Any

import numpy as np

from core.arguments import Count, UnitInterval
from core.autograd.operands import Array, Constant, Float
from core.autograd.tape import Needs, Result, op
from core.errors import ArgumentError, ShapeError
from core.kernels.engine import kernel
from core.kernels.reference.attention import attention_forward as reference_attention
from core.translation import tr

_ALL: Needs = (True,) * 4


@op
def scaled_dot_product_attention(
    query: Float, key: Float, value: Float, attn_mask: Array | None = None,
    dropout_p: UnitInterval = 0.0, is_causal: bool = False, scale: float | None = None,
    keep: Constant = None, needs_input_grad: Needs = _ALL,
) -> Result:  # fmt: skip
    """softmax(Q·Kᵀ·scale + mask)·V. (…, L, E), (…, S, E), (…, S, D) → (…, L, D).

    `attn_mask` of floats is added to the scores (…, L, S), one of booleans says True where a query
    may look (nn.MultiheadAttention means the opposite, as in torch). With `is_causal` query i looks
    at keys 0…i. Where it may look at nothing the result is zero. `scale` is 1/√E if not given.

    With `dropout_p` the softmax is zero where `keep`, booleans (…, L, S), is false, and divided by
    1 − dropout_p elsewhere. The caller draws `keep`, as for F.dropout, so that a run can be
    repeated. Raises ShapeError, ArgumentError for a mask of whole numbers or without `keep`.
    """
    _check_arrays(query, key, value)
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(
            tr("q {shape}, k {key_shape}, v {value_shape}: each must be (…, L, E)").format(
                shape=query.shape, key_shape=key.shape, value_shape=value.shape
            )
        )
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            tr(
                "q {shape}, k {key_shape}, v {value_shape}: q and k need the same last "
                "length, k and v the same number of rows"
            ).format(shape=query.shape, key_shape=key.shape, value_shape=value.shape)
        )
    if attn_mask is not None and is_causal:
        raise ShapeError(tr("either attn_mask or is_causal, not both"))
    mask = None if attn_mask is None else _additive_mask(attn_mask, query, key)
    learns_mask = len(needs_input_grad) > 3 and needs_input_grad[3]
    attend = reference_attention if learns_mask else kernel("attention_forward")
    factors = _dropout_factors(dropout_p, keep, query, key)
    y, back = attend(query, key, value, mask, is_causal, _scale(scale, query.shape[-1]), factors)
    if not learns_mask:
        return y, lambda g: back(g)[:3]
    return y, back


@op
def self_attention(
    qkv: Float, num_heads: Count, is_causal: bool = False, scale: float | None = None
) -> Result:
    """Attention of a sequence to itself, all heads in one pass. (N, T, 3·C) → (N, T, C).

    The last axis holds queries, keys and values side by side, each with its heads one after the
    other, as one linear layer makes them. `scale` is 1/√(C/heads) if not given. Raises ShapeError.
    """
    _check_arrays(qkv)
    if qkv.ndim != 3 or qkv.shape[2] % (3 * num_heads):
        raise ShapeError(
            tr("qkv {shape} should be (N, T, 3·C) with C a multiple of {num_heads}").format(
                shape=qkv.shape, num_heads=num_heads
            )
        )
    depth = qkv.shape[2] // (3 * num_heads)
    return kernel("self_attention_forward")(qkv, num_heads, is_causal, _scale(scale, depth))


def _check_arrays(*arrays: Any) -> None:
    if not all(isinstance(a, np.ndarray) for a in arrays):
        raise NotImplementedError(tr("the kernels of attention take arrays only"))


def _additive_mask(attn_mask: Any, query: Array, key: Array) -> Array:
    """The mask as floats to add to the scores: (…, L, S) or what broadcasts to it."""
    mask = np.asarray(attn_mask)
    if mask.dtype.kind in "iu":
        raise ArgumentError(
            tr(
                "attn_mask is of whole numbers, which could mean both: say booleans, or "
                "floats to add"
            )
        )
    if mask.dtype == bool:
        mask = np.where(mask, 0.0, -np.inf)
    scores = (query.shape[-2], key.shape[-2])
    if mask.ndim < 2 or any(m not in (1, n) for m, n in zip(mask.shape[-2:], scores, strict=True)):
        raise ShapeError(
            tr("attn_mask {shape} for scores (…, {rows}, {columns})").format(
                shape=mask.shape, rows=scores[0], columns=scores[1]
            )
        )
    return mask.astype(query.dtype, copy=False)


def _dropout_factors(p: float, keep: Any, query: Array, key: Array) -> Array | None:
    """What the softmax is multiplied by: 0 or 1/(1 − p), in a shape that broadcasts to its own."""
    if not p:
        return None
    if keep is None:
        raise ArgumentError(
            tr(
                "dropout_p is {p} and keep is missing: draw it, booleans of the shape (…, {rows}, "
                "{columns}), as in rng.random(shape) >= dropout_p. In use dropout_p is 0"
            ).format(p=p, rows=query.shape[-2], columns=key.shape[-2])
        )
    kept = np.asarray(keep)
    if kept.dtype != bool or kept.shape[-2:] != (query.shape[-2], key.shape[-2]):
        raise ShapeError(
            tr("keep {shape} of {dtype} should be booleans (…, {rows}, {columns})").format(
                shape=kept.shape, dtype=kept.dtype, rows=query.shape[-2], columns=key.shape[-2]
            )
        )
    return kept * query.dtype.type(1 / (1 - p) if p < 1 else 0)


def _scale(scale: float | None, depth: int) -> float:
    return 1 / math.sqrt(max(depth, 1)) if scale is None else scale
