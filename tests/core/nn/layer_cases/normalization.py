from core.nn import (
    BatchNorm1d,
    BatchNorm2d,
    Dropout,
    Embedding,
    GroupNorm,
    LayerNorm,
    RMSNorm,
)
from tests.core.nn.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("BatchNorm1d", lambda: BatchNorm1d(3), ((5, 3),)),
    LayerCase("BatchNorm1d", lambda: BatchNorm1d(3).eval(), ((2, 3, 4),), "in use"),
    LayerCase("BatchNorm2d", lambda: BatchNorm2d(2), ((3, 2, 2, 3),)),
    LayerCase("BatchNorm2d", lambda: BatchNorm2d(2, affine=False), ((3, 2, 2, 2),), "plain"),
    LayerCase("LayerNorm", lambda: LayerNorm(5), ((3, 5),)),
    LayerCase("LayerNorm", lambda: LayerNorm((2, 3)), ((4, 2, 3),), "two axes"),
    LayerCase("LayerNorm", lambda: LayerNorm(5, bias=False), ((3, 5),), "no bias"),
    LayerCase("RMSNorm", lambda: RMSNorm(5), ((3, 5),)),
    LayerCase("RMSNorm", lambda: RMSNorm((2, 3), 0.1, False), ((4, 2, 3),), "two axes, plain"),
    LayerCase("GroupNorm", lambda: GroupNorm(2, 4), ((2, 4, 2, 3),)),
    LayerCase("GroupNorm", lambda: GroupNorm(4, 4, bias=False), ((2, 4, 3),), "alone, no bias"),
    LayerCase("Dropout", lambda: Dropout(0.4, rng=rng()).eval(), ((3, 5),)),
    LayerCase("Embedding", lambda: Embedding(6, 3, rng=rng()), ((4, 2),), classes=6),
]
