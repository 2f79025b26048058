"""Attention as the formula says: softmax(Q·Kᵀ·scale + mask)·V. Value and pullback."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Result = tuple[Array, Callable[[Array], tuple[Array, ...]]]
PackedResult = tuple[Array, Callable[[Array], Array]]


def attention_forward(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float,
    factors: Array | None = None,
) -> Result:  # fmt: skip
    """q (…, L, E), k (…, S, E), v (…, S, D), mask added to the scores (…, L, S) → (…, L, D).

    With `causal`, query i sees keys 0…i. A query that may see nothing gets zeros. `factors`, of
    dropout, multiply the shares (…, L, S). The pullback returns the gradients of q, k, v and of the
    scores.
    """
    scores = q @ k.swapaxes(-1, -2) * q.dtype.type(scale)
    if mask is not None:
        scores = scores + mask
    if causal:
        scores[..., np.triu(np.ones(scores.shape[-2:], bool), k=1)] = -np.inf
    top = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    shares = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = shares.sum(axis=-1, keepdims=True)
    shares /= np.where(total == 0, 1, total)
    used = shares if factors is None else shares * factors

    def pullback(g: Array) -> tuple[Array, ...]:
        d_shares = g @ v.swapaxes(-1, -2)
        if factors is not None:
            d_shares = d_shares * factors
        d_scores = shares * (d_shares - (shares * d_shares).sum(axis=-1, keepdims=True))
        scaled = d_scores * q.dtype.type(scale)
        return scaled @ k, scaled.swapaxes(-1, -2) @ q, used.swapaxes(-1, -2) @ g, d_scores

    return used @ v, pullback


def self_attention_forward(qkv: Array, heads: int, causal: bool, scale: float) -> PackedResult:
    """Queries, keys and values of all heads side by side (N, T, 3·C) → (N, T, C)."""
    n, t, width = qkv.shape
    q, k, v = qkv.reshape(n, t, 3, heads, width // (3 * heads)).transpose(2, 0, 3, 1, 4)
    value, back = attention_forward(q, k, v, None, causal, scale)

    def pullback(g: Array) -> Array:
        d_q, d_k, d_v, _ = back(g.reshape(n, t, heads, width // (3 * heads)).swapaxes(1, 2))
        return np.stack((d_q, d_k, d_v)).transpose(1, 3, 0, 2, 4).reshape(qkv.shape)

    return value.swapaxes(1, 2).reshape(n, t, width // 3), pullback
