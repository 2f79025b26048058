from core.nn import GPT, TransformerBlock
from tests.core.nn.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("TransformerBlock", lambda: TransformerBlock(4, 2, rng=rng()), ((2, 3, 4),)),
    LayerCase(
        "TransformerBlock",
        lambda: TransformerBlock(2, 1, False, rng=rng()),
        ((1, 2, 2),),
        "seeing all",
    ),
    LayerCase("GPT", lambda: GPT(5, 4, 4, 2, 2, rng=rng()), ((2, 3),), classes=5),
]
