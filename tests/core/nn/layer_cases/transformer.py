from typing import Any

from core.nn import (
    GPT,
    LayerNorm,
    TransformerBlock,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from tests.core.nn.layer_cases.case import LayerCase, rng


def _encoder(**style: Any) -> TransformerEncoderLayer:
    return TransformerEncoderLayer(4, 2, 3, activation="gelu", rng=rng(), **style)


def _decoder(**style: Any) -> TransformerDecoderLayer:
    return TransformerDecoderLayer(4, 2, 3, activation="gelu", rng=rng(), **style)


_BOTH = ((3, 2, 4), (2, 2, 4))
CASES = [
    LayerCase("TransformerEncoderLayer", _encoder, ((3, 2, 4),), "dropout"),
    LayerCase(
        "TransformerEncoderLayer", lambda: _encoder(norm_first=True), ((3, 4),), "norm first"
    ),
    LayerCase("TransformerDecoderLayer", lambda: _decoder(bias=False), _BOTH, "dropout"),
    LayerCase("TransformerEncoder", lambda: TransformerEncoder(_encoder(), 2), ((2, 1, 4),)),
    LayerCase("TransformerDecoder", lambda: TransformerDecoder(_decoder(), 2, LayerNorm(4)), _BOTH),
    LayerCase("TransformerBlock", lambda: TransformerBlock(4, 2, rng=rng()), ((2, 3, 4),)),
    LayerCase(
        "TransformerBlock",
        lambda: TransformerBlock(2, 1, False, rng=rng()),
        ((1, 2, 2),),
        "seeing all",
    ),
    LayerCase("GPT", lambda: GPT(5, 4, 4, 2, 2, rng=rng()), ((2, 3),), classes=5),
]
