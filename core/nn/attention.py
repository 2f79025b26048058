"""Multi-head attention, with torch's parameter names."""

from typing import Any

import numpy as np

from core.arguments import Count, UnitInterval, plain_array, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.autograd.decompositions import attention_probabilities
from core.autograd.tensor import raw
from core.errors import ArgumentError, ShapeError
from core.nn import init
from core.nn.dropout import draw_kept
from core.nn.layers import Linear
from core.nn.module import Module, parameter, tensor
from core.translation import tr


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of the features at once. Vaswani et al. 2017.

    query (L, N, E), key (S, N, kdim), value (S, N, vdim) → (L, N, E), and the weights of attention
    (N, L, S); with `batch_first` N comes first everywhere. One sequence has no axis N.

    in_proj_weight (3·E, E) and in_proj_bias (3·E,) make queries, keys and values; where keys or
    values have other lengths than E, q_proj_weight (E, E), k_proj_weight (E, kdim) and
    v_proj_weight (E, vdim) do. out_proj mixes the heads. `dropout` is the share of attention
    weights zeroed in training; `rng` draws them.
    """

    @validate_arguments
    def __init__(
        self,
        embed_dim: Count,
        num_heads: Count,
        dropout: UnitInterval = 0.0,
        bias: bool = True,
        *,
        kdim: Count | None = None,
        vdim: Count | None = None,
        batch_first: bool = False,
        rng: np.random.Generator,
    ) -> None:
        if embed_dim % num_heads:
            raise ShapeError(
                tr(
                    "MultiheadAttention: {embed_dim} features do not divide into {num_heads} heads"
                ).format(embed_dim=embed_dim, num_heads=num_heads)
            )
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.batch_first = batch_first
        self._rng = rng if dropout else None
        widths = {"q": embed_dim, "k": self.kdim, "v": self.vdim}
        self.in_proj_weight: Tensor | None = None
        if set(widths.values()) == {embed_dim}:
            self.in_proj_weight = parameter(init.xavier_uniform(rng, (3 * embed_dim, embed_dim)))
        else:
            for name, width in widths.items():
                values = init.xavier_uniform(rng, (embed_dim, width))
                setattr(self, f"{name}_proj_weight", parameter(values))
        self.in_proj_bias = parameter(np.zeros(3 * embed_dim)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng)
        if bias:
            self.out_proj.bias = parameter(np.zeros(embed_dim))

    @property
    def differs_in_training(self) -> bool:  # type: ignore[override]
        """Whether weights of attention are dropped in training."""
        return self.dropout > 0

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result (L, N, E), and the weights of attention or None.

        Without `key` the queries look at themselves, without `value` keys are values.

        Masks of booleans say True where a query may *not* look, as in torch
        (F.scaled_dot_product_attention means the opposite); those of floats are added to the
        scores. `key_padding_mask` is (N, S), `attn_mask` (L, S), or (N·heads, L, S) with the heads
        of a sample one after the other. With `is_causal` query i looks at keys 0…i besides. A query
        that may look at nothing gets weights of zero.

        The weights are (N, L, S), the mean over the heads, or (N, heads, L, S) without
        `average_attn_weights`. `need_weights=False` is faster: kernels do not keep them. Raises
        ShapeError, ArgumentError for a mask of whole numbers.
        """
        query = tensor(query)
        q, k, v, packed = self._project(query, key, value)
        plain = attn_mask is None and key_padding_mask is None
        dropping = self.training and self._rng is not None
        if packed is not None and plain and not need_weights and not dropping:
            y = self.out_proj(F.self_attention(packed, self.num_heads, is_causal))
            return self._as_came(y, query), None
        q, k, v = self._split(q, k, v, packed)
        mask, is_causal = self._mask(q, k, attn_mask, key_padding_mask, is_causal)
        keep = None
        if dropping and self._rng is not None:
            keep = draw_kept(self._rng, (*q.shape[:-1], k.shape[2]), self.dropout)
        weights = None
        if need_weights:
            weights = attention_probabilities(q, k, mask, is_causal)
            weights = weights if keep is None else F.dropout(weights, keep, self.dropout)
            mixed = F.matmul(weights, v)
            weights = F.mean(weights, dim=1) if average_attn_weights else weights
            weights = weights[0] if query.ndim == 2 else weights
        else:
            p = 0.0 if keep is None else self.dropout
            mixed = F.scaled_dot_product_attention(q, k, v, mask, p, is_causal, keep=keep)
        joined = mixed.swapaxes(1, 2)
        y = self.out_proj(joined.reshape(*joined.shape[:2], self.embed_dim))
        return self._as_came(y, query), weights

    def attention_weights(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> Tensor:
        """How much each query looks at each key: (N, heads, L, S), rows that add up to one.

        Takes what forward() takes, so that whoever watches a layer hands on what it was called
        with; `value`, `need_weights` and `average_attn_weights` change nothing. Of one sequence
        (heads, L, S).

        Computed in plain operations and differentiable by inputs and parameters. Nothing is
        dropped, so no random number is drawn. `core.inspect.capture` shows these as the inside of
        the layer. Raises ShapeError as forward() does.
        """
        given: list[Any] = [
            None if x is None else self._as_parameters((tensor(x),))[0] for x in (query, key, value)
        ]
        q, k, _ = self._split(*self._project(*given))
        mask, is_causal = self._mask(q, k, attn_mask, key_padding_mask, is_causal)
        weights = attention_probabilities(q, k, mask, is_causal)
        return weights[0] if given[0].ndim == 2 else weights

    def _project(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any, Tensor | None]:
        """Queries, keys and values (N, L, E); or all three side by side, (N, L, 3·E).

        Side by side where one sequence looks at itself; then the others are what came in.
        """
        key = query if key is None else tensor(key)
        value = key if value is None else tensor(value)
        given = {"query": (query, self.embed_dim), "key": (key, self.kdim),
                 "value": (value, self.vdim)}  # fmt: skip
        for name, (x, width) in given.items():
            if x.ndim not in (2, 3) or x.ndim != query.ndim or x.shape[-1] != width:
                axes = ("N, L" if self.batch_first else "L, N") if query.ndim == 3 else "L"
                raise ShapeError(
                    tr("{name} {shape} should be ({axes}, {embed_dim})").format(
                        name=name, shape=x.shape, axes=axes, embed_dim=width
                    )
                )
        bias = self.in_proj_bias
        if query is key is value and self.in_proj_weight is not None:
            x = self._batch_first(query)
            return x, x, x, F.linear(x, self.in_proj_weight, bias)
        parts = []
        for part, x in enumerate((query, key, value)):
            own = slice(part * self.embed_dim, (part + 1) * self.embed_dim)
            if self.in_proj_weight is None:
                weight = getattr(self, f"{'qkv'[part]}_proj_weight")
            else:
                weight = self.in_proj_weight[own]
            of_part = None if bias is None else bias[own]
            parts.append(F.linear(self._batch_first(x), weight, of_part))
        q, k, v = parts
        return q, k, v, None

    def _split(self, q: Any, k: Any, v: Any, packed: Tensor | None) -> list[Tensor]:
        """Queries, keys and values of all heads: (N, heads, L, depth)."""
        if packed is not None:
            cut = packed.reshape(*packed.shape[:2], 3, *self._heads)
            return [cut[:, :, part].swapaxes(1, 2) for part in range(3)]
        return [x.reshape(*x.shape[:2], *self._heads).swapaxes(1, 2) for x in (q, k, v)]

    @property
    def _heads(self) -> tuple[int, int]:
        """How many heads there are, and how many features each has."""
        return self.num_heads, self.embed_dim // self.num_heads

    def _batch_first(self, x: Any) -> Any:
        """(N, L, …) of whatever order it came in."""
        if x.ndim == 2:
            return x[None]
        return x if self.batch_first else x.swapaxes(0, 1)

    def _as_came(self, y: Tensor, query: Any) -> Tensor:
        """(N, L, E) in the order of the queries."""
        if query.ndim == 2:
            return y[0]
        return y if self.batch_first else y.swapaxes(0, 1)

    def _mask(
        self, q: Tensor, k: Tensor, attn_mask: Any, key_padding_mask: Any, is_causal: bool
    ) -> tuple[Any, bool]:
        """One mask as F.scaled_dot_product_attention takes it, and whether that is causal itself.

        It is (…, L, S): floats to be added, or booleans that say where a query may look.
        """
        if attn_mask is None and key_padding_mask is None:
            return None, is_causal
        hidden = []
        if attn_mask is not None:
            mask = _checked(attn_mask, "attn_mask")
            if mask.ndim == 3 and len(mask) == q.shape[0] * self.num_heads:
                mask = mask.reshape((q.shape[0], self.num_heads, *mask.shape[1:]))
            hidden.append(mask)
        if key_padding_mask is not None:
            mask = _checked(key_padding_mask, "key_padding_mask")
            samples, keys = k.shape[0], k.shape[2]
            if mask.shape != (samples, keys) and (mask.shape != (keys,) or samples > 1):
                raise ShapeError(
                    tr("key_padding_mask {shape} should be (N, S), here {wanted}").format(
                        shape=mask.shape, wanted=(samples, keys)
                    )
                )
            hidden.append(mask.reshape((samples, 1, 1, keys)))
        if is_causal:
            hidden.append(np.triu(np.ones((q.shape[2], k.shape[2]), bool), k=1))
        if all(mask.dtype == bool for mask in hidden):
            whole = hidden[0]
            for mask in hidden[1:]:
                whole = whole | mask
            return ~whole, False
        floats = [
            np.where(mask, -np.inf, 0).astype(q.dtype) if mask.dtype == bool else mask
            for mask in hidden
        ]
        whole = floats[0]
        for mask in floats[1:]:
            whole = whole + mask
        return whole, False


def _checked(mask: Any, name: str) -> Any:
    """A mask as an array of booleans, or as floats in whatever they came. Raises ArgumentError."""
    numbers = plain_array(raw(mask), name)
    if numbers.dtype.kind in "iu":
        raise ArgumentError(
            tr(
                "{name} is of whole numbers, which could mean both: say booleans, or floats to add"
            ).format(name=name)
        )
    learns = isinstance(mask, Tensor) and (mask.requires_grad or mask.node is not None)
    return mask if learns else numbers
