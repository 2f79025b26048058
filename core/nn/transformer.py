"""Transformer block and GPT: pre-norm, causal attention."""

import numpy as np

from core.arguments import Count, validate_arguments
from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import ShapeError
from core.nn.attention import MultiheadAttention
from core.nn.layers import Embedding, Linear
from core.nn.module import Module, tensor
from core.nn.normalization import LayerNorm
from core.nn.sequential import Sequential
from core.translation import tr


class TransformerBlock(Module):
    """x + attention(norm1(x)), then x + linear2(GELU(linear1(norm2(x)))). (N, T, d) → (N, T, d).

    Parameters are named as in torch's TransformerEncoderLayer with norm_first; the inner layer has
    4·d units. Without `is_causal` every place sees the whole sequence. Vaswani et al. 2017, with
    the order of Radford et al. 2019.
    """

    @validate_arguments
    def __init__(
        self, d_model: Count, nhead: Count, is_causal: bool = True, *, rng: np.random.Generator
    ) -> None:
        self.is_causal = is_causal
        self.self_attn = MultiheadAttention(d_model, nhead, rng=rng)
        self.linear1 = Linear(d_model, 4 * d_model, rng=rng)
        self.linear2 = Linear(4 * d_model, d_model, rng=rng)
        self.norm1 = LayerNorm(d_model)
        self.norm2 = LayerNorm(d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, d) → (N, T, d)."""
        x = x + self.self_attn(self.norm1(x), is_causal=self.is_causal)
        return x + self.linear2(F.gelu(self.linear1(self.norm2(x))))


class GPT(Module):
    """GPT: next-token scores. (N, T) whole numbers → scores (N, T, vocab_size). T ≤ block_size.

    Token and position embeddings, `num_layers` blocks, a last norm and a linear head. Radford et
    al. 2018, 2019.
    """

    @validate_arguments
    def __init__(
        self,
        vocab_size: Count,
        block_size: Count,
        d_model: Count,
        nhead: Count,
        num_layers: Count,
        *,
        rng: np.random.Generator,
    ) -> None:
        self.block_size = block_size
        self.token_embedding = Embedding(vocab_size, d_model, rng=rng)
        self.position_embedding = Embedding(block_size, d_model, rng=rng)
        for embedding in (self.token_embedding, self.position_embedding):
            embedding.weight.data *= 0.02  # small at first, so that the blocks have their say
        self.blocks = Sequential(
            *(TransformerBlock(d_model, nhead, rng=rng) for _ in range(num_layers))
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
        return self.head(self.norm(self.blocks(y)))
