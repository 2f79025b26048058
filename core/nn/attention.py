"""Multi-head attention, with torch's parameter names."""

from typing import Any

import numpy as np

from core.arguments import Count, plain_array, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.tensor import raw
from core.errors import LabError, ShapeError
from core.nn import init
from core.nn.layers import Linear
from core.nn.module import Module, parameter, tensor
from core.translation import tr


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of the features at once. Vaswani et al. 2017.

    (N, L, E) → (N, L, E). in_proj_weight (3·E, E) and in_proj_bias (3·E,) make queries, keys and
    values; out_proj mixes the heads. The batch comes first, always; shares of attention are not
    returned.
    """

    @validate_arguments
    def __init__(
        self,
        embed_dim: Count,
        num_heads: Count,
        batch_first: bool = True,
        *,
        rng: np.random.Generator,
    ) -> None:
        if not batch_first:
            raise LabError(tr("MultiheadAttention takes (N, L, E) only: batch_first=True."))
        if embed_dim % num_heads:
            raise ShapeError(
                tr(
                    "MultiheadAttention: {embed_dim} features do not divide into {num_heads} heads"
                ).format(embed_dim=embed_dim, num_heads=num_heads)
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.in_proj_weight = parameter(init.xavier_uniform(rng, (3 * embed_dim, embed_dim)))
        self.in_proj_bias = parameter(np.zeros(3 * embed_dim))
        self.out_proj = Linear(embed_dim, embed_dim, rng=rng)
        self.out_proj.bias = parameter(np.zeros(embed_dim))

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        attn_mask: Any = None,
        is_causal: bool = False,
    ) -> Tensor:
        """query (N, L, E), key and value (N, S, E) → (N, L, E).

        Without `key` the queries look at themselves, without `value` keys are values. `attn_mask`
        (L, S), or (N·heads, L, S) with the heads of a sample one after the other, of floats is
        added to the scores; one of booleans says True where a query may *not* look, as in torch
        (F.scaled_dot_product_attention means the opposite). With `is_causal` query i looks at keys
        0…i. Raises ShapeError, ArgumentError for a mask of whole numbers.
        """
        query = tensor(query)
        key = query if key is None else tensor(key)
        value = key if value is None else tensor(value)
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x.ndim != 3 or x.shape[2] != self.embed_dim:
                raise ShapeError(
                    tr("{name} {shape} should be (N, L, {embed_dim})").format(
                        name=name, shape=x.shape, embed_dim=self.embed_dim
                    )
                )
        if query is key is value and attn_mask is None:
            packed = F.linear(query, self.in_proj_weight, self.in_proj_bias)
            return self.out_proj(F.self_attention(packed, self.num_heads, is_causal))
        q, k, v = (self._heads(x, part) for part, x in enumerate((query, key, value)))
        mask = _invert_mask(attn_mask)
        if np.ndim(raw(mask)) == 3 and len(mask) == query.shape[0] * self.num_heads:
            mask = _split_heads_of_mask(mask, self.num_heads)
        mixed = F.scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal)
        return self.out_proj(mixed.swapaxes(1, 2).reshape(query.shape))

    def _heads(self, x: Tensor, part: int) -> Tensor:
        """Queries, keys or values (part 0, 1, 2) of all heads: (N, L, E) → (N, heads, L, depth)."""
        own = slice(part * self.embed_dim, (part + 1) * self.embed_dim)
        y = F.linear(x, self.in_proj_weight[own], self.in_proj_bias[own])
        depth = self.embed_dim // self.num_heads
        return y.reshape(*x.shape[:2], self.num_heads, depth).swapaxes(1, 2)


def _invert_mask(attn_mask: Any) -> Any:
    """A mask of booleans, in whatever it comes, turned round; any other as it is."""
    if attn_mask is None:
        return None
    numbers = plain_array(raw(attn_mask), "attn_mask")
    return ~numbers if numbers.dtype == bool else attn_mask


def _split_heads_of_mask(mask: Any, heads: int) -> Any:
    """(N·heads, L, S) → (N, heads, L, S)."""
    mask = tensor(mask)
    return mask.reshape((len(mask) // heads, heads, *mask.shape[1:]))
