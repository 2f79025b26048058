"""Transformer layers with torch's names and layouts, and GPT: pre-norm, causal attention."""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from core.arguments import Count, NonNegative, UnitInterval, describe, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ArgumentError, ShapeError
from core.nn.attention import MultiheadAttention
from core.nn.dropout import Dropout
from core.nn.layers import Embedding, Linear
from core.nn.module import Module, tensor
from core.nn.normalization import LayerNorm
from core.nn.sequential import Sequential
from core.translation import tr

M = TypeVar("M", bound=Module)
Activation = str | Callable[[Tensor], Tensor]

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}


class _TransformerLayer(Module):
    """What layers of encoder and decoder share: attention, two linear layers, norms, dropout."""

    _attentions: tuple[str, ...] = ()
    """The names of its attentions, in the order in which they are computed."""

    @validate_arguments
    def __init__(
        self,
        d_model: Count,
        nhead: Count,
        dim_feedforward: Count = 2048,
        dropout: UnitInterval = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: NonNegative = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        *,
        rng: np.random.Generator,
    ) -> None:
        named = isinstance(activation, str) and activation in _ACTIVATIONS
        if not (named or callable(activation)):
            raise ArgumentError(
                tr("activation is {value}; it must be “relu”, “gelu” or a function").format(
                    value=describe(activation)
                )
            )
        self.norm_first = norm_first
        self.activation = activation
        attentions = {
            name: MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, rng=rng
            )
            for name in self._attentions
        }
        for name, attention in attentions.items():
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, rng=rng)
        self.dropout = Dropout(dropout, rng=rng)
        self.linear2 = Linear(dim_feedforward, d_model, bias, rng=rng)
        for number in range(1, len(attentions) + 2):
            norm = LayerNorm(d_model, layer_norm_eps)
            norm.bias = norm.bias if bias else None
            setattr(self, f"norm{number}", norm)
        for number in range(1, len(attentions) + 2):
            setattr(self, f"dropout{number}", Dropout(dropout, rng=rng))

    def _through(self, number: int, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """x + dropout(part(norm(x))) with `norm_first`, norm(x + dropout(part(x))) otherwise."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))

    def _feed_forward(self, x: Tensor) -> Tensor:
        """linear2(dropout(activation(linear1(x))))."""
        named = _ACTIVATIONS.get(self.activation) if isinstance(self.activation, str) else None
        bend: Any = named or self.activation
        return self.linear2(self.dropout(bend(self.linear1(x))))


class TransformerEncoderLayer(_TransformerLayer):
    """Attention of a sequence to itself, then two linear layers, each beside what came in.

    (T, N, d_model) → the same shape; (N, T, d_model) with `batch_first`, (T, d_model) of one
    sequence. Norms come after each part, or before it with `norm_first`. `activation` is “relu”,
    “gelu” or a function; `dropout` acts on the weights of attention, the inner layer and what each
    part adds. Vaswani et al. 2017. Raises ArgumentError, ShapeError.
    """

    self_attn: MultiheadAttention
    _attentions = ("self_attn",)

    def forward(
        self,
        src: Tensor,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = False,
    ) -> Tensor:
        """`src_mask` (T, T) or (N·nhead, T, T), `src_key_padding_mask` (N, T): see attention.

        With `is_causal` place i sees places 0…i, whether or not there is a mask too.
        """

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(
                x,
                key_padding_mask=src_key_padding_mask,
                need_weights=False,
                attn_mask=src_mask,
                is_causal=bool(is_causal),
            )[0]

        x = self._through(1, tensor(src), attend)
        return self._through(2, x, self._feed_forward)


class TransformerDecoderLayer(_TransformerLayer):
    """As an encoder's layer, with attention to another sequence, the memory, in the middle.

    tgt (T, N, d_model), memory (S, N, d_model) → (T, N, d_model); N comes first with
    `batch_first`, and is absent of one sequence. Vaswani et al. 2017. Raises ArgumentError,
    ShapeError.
    """

    self_attn: MultiheadAttention
    multihead_attn: MultiheadAttention
    _attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """Masks of the target (T, T) and of the memory (T, S), (N, T) and (N, S): see attention.

        With `tgt_is_causal` place i of the target sees its places 0…i, whether or not there is a
        mask too.
        """

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(
                x,
                key_padding_mask=tgt_key_padding_mask,
                need_weights=False,
                attn_mask=tgt_mask,
                is_causal=bool(tgt_is_causal),
            )[0]

        def look_up(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x,
                memory,
                memory,
                key_padding_mask=memory_key_padding_mask,
                need_weights=False,
                attn_mask=memory_mask,
                is_causal=memory_is_causal,
            )[0]

        x = self._through(1, tensor(tgt), attend)
        x = self._through(2, x, look_up)
        return self._through(3, x, self._feed_forward)


class TransformerEncoder(Module):
    """`num_layers` copies of an encoder's layer, one after the other, then `norm` if given.

    As in torch all copies begin with the same weights.
    """

    @validate_arguments
    def __init__(
        self, encoder_layer: TransformerEncoderLayer, num_layers: Count, norm: Any = None
    ) -> None:
        self.layers = _copies(encoder_layer, TransformerEncoderLayer, num_layers)
        self.norm = _checked_norm(norm)

    def forward(
        self,
        src: Tensor,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = False,
    ) -> Tensor:
        """The shape of `src`; masks are handed to every layer."""
        x = tensor(src)
        for layer in self.layers:
            x = layer(x, mask, src_key_padding_mask, is_causal)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Module):
    """`num_layers` copies of a decoder's layer, one after the other, then `norm` if given.

    As in torch all copies begin with the same weights.
    """

    @validate_arguments
    def __init__(
        self, decoder_layer: TransformerDecoderLayer, num_layers: Count, norm: Any = None
    ) -> None:
        self.layers = _copies(decoder_layer, TransformerDecoderLayer, num_layers)
        self.norm = _checked_norm(norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The shape of `tgt`; memory and masks are handed to every layer."""
        x = tensor(tgt)
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask,
                memory_mask,
                tgt_key_padding_mask,
                memory_key_padding_mask,
                tgt_is_causal,
                memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


def _copies(layer: M, kind: type[M], count: int) -> list[M]:
    """Copies of a layer that go on drawing from its generator. Raises ArgumentError."""
    if not isinstance(layer, kind):
        raise ArgumentError(
            tr("A {kind} is wanted, not {layer}.").format(kind=kind.__name__, layer=describe(layer))
        )
    generators = [
        value
        for _, part in layer.named_modules()
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    ]
    return [copy.deepcopy(layer, {id(rng): rng for rng in generators}) for _ in range(count)]


def _checked_norm(norm: Any) -> Module | None:
    if norm is not None and not isinstance(norm, Module):
        raise ArgumentError(
            tr(
                "norm is {norm}; it must be a Module, such as nn.LayerNorm(d_model), or None"
            ).format(norm=describe(norm))
        )
    return norm


class TransformerBlock(TransformerEncoderLayer):
    """GPT's layer: x + attention(norm1(x)), then x + linear2(GELU(linear1(norm2(x)))).

    (N, T, d) → (N, T, d). A TransformerEncoderLayer with `norm_first` and `batch_first`, whose
    inner layer has 4·d units. Without `is_causal` every place sees the whole sequence. Vaswani et
    al. 2017, with the order of Radford et al. 2019.
    """

    @validate_arguments
    def __init__(
        self,
        d_model: Count,
        nhead: Count,
        is_causal: bool = True,
        dropout: UnitInterval = 0.0,
        *,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(
            d_model, nhead, 4 * d_model, dropout, "gelu", batch_first=True, norm_first=True, rng=rng
        )
        self.is_causal = is_causal

    def forward(
        self,
        src: Tensor,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """(N, T, d) → (N, T, d). `is_causal` is the block's own if not given."""
        own = self.is_causal if is_causal is None else is_causal
        return super().forward(src, src_mask, src_key_padding_mask, own)


class GPT(Module):
    """GPT: next-token scores. (N, T) whole numbers → scores (N, T, vocab_size). T ≤ block_size.

    Token and position embeddings, `num_layers` blocks, a last norm and a linear head. `dropout`
    acts on the embeddings and in the blocks. Radford et al. 2018, 2019.
    """

    @validate_arguments
    def __init__(
        self,
        vocab_size: Count,
        block_size: Count,
        d_model: Count,
        nhead: Count,
        num_layers: Count,
        dropout: UnitInterval = 0.0,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.block_size = block_size
        self.token_embedding = Embedding(vocab_size, d_model, rng=rng)
        self.position_embedding = Embedding(block_size, d_model, rng=rng)
        for embedding in (self.token_embedding, self.position_embedding):
            embedding.weight.data *= 0.02  # small at first, so that the blocks have their say
        self.dropout = Dropout(dropout, rng=rng)
        self.blocks = Sequential(
            *(TransformerBlock(d_model, nhead, dropout=dropout, rng=rng) for _ in range(num_layers))
        )
        self.norm = LayerNorm(d_model)
        self.head = Linear(d_model, vocab_size, rng=rng)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (N, T) → scores (N, T, vocab_size). Raises ShapeError."""
        x = tensor(x)
        if x.ndim != 2 or x.shape[1] > self.block_size:
            raise ShapeError(
                tr("GPT: tokens {shape} should be (N, T), T up to {block_size}").format(
                    shape=x.shape, block_size=self.block_size
                )
            )
        places = Tensor(np.arange(x.shape[1]))
        y = self.token_embedding(x) + self.position_embedding(places)
        return self.head(self.norm(self.blocks(self.dropout(y))))
