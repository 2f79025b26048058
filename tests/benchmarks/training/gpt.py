"""A GPT of four blocks, 128 wide with four heads, that looks back over 64 characters."""

from typing import Any

import numpy as np

from core.nn import GPT
from tests.benchmarks.training.model import Batch, Model

_VOCABULARY, _CONTEXT, _WIDTH, _HEADS, _BLOCKS = 65, 64, 128, 4, 4


def ours(rng: np.random.Generator) -> GPT:
    """With our layers."""
    return GPT(_VOCABULARY, _CONTEXT, _WIDTH, _HEADS, _BLOCKS, rng=rng)


def theirs(nn: Any) -> Any:
    """With PyTorch's, the parameters named alike."""

    class Theirs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token_embedding = nn.Embedding(_VOCABULARY, _WIDTH)
            self.position_embedding = nn.Embedding(_CONTEXT, _WIDTH)
            self.blocks = nn.Sequential(*(self._block() for _ in range(_BLOCKS)))
            self.norm = nn.LayerNorm(_WIDTH)
            self.head = nn.Linear(_WIDTH, _VOCABULARY)
            hidden = nn.Transformer.generate_square_subsequent_mask(_CONTEXT)
            self.register_buffer("hidden", hidden, persistent=False)

        def _block(self) -> Any:
            return nn.TransformerEncoderLayer(
                _WIDTH, _HEADS, 4 * _WIDTH, dropout=0.0, activation="gelu", batch_first=True,
                norm_first=True,
            )  # fmt: skip

        def forward(self, x: Any) -> Any:
            y = self.token_embedding(x) + self.position_embedding.weight
            for block in self.blocks:
                y = block(y, src_mask=self.hidden, is_causal=True)
            return self.head(self.norm(y))

    return Theirs()


def batch(rng: np.random.Generator, n: int) -> Batch:
    """Random characters (N, T), each with its next one (N·T,)."""
    text = rng.integers(0, _VOCABULARY, (n, _CONTEXT + 1))
    return np.ascontiguousarray(text[:, :-1]), text[:, 1:].ravel()


def scores(net: Any, x: Any) -> Any:
    """(N, T) → (N·T, vocabulary), as the loss wants them."""
    return net(x).reshape(-1, _VOCABULARY)


GPT_MODEL = Model(ours, theirs, batch, scores)
