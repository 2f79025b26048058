from core.nn import MultiheadAttention
from tests.core.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("MultiheadAttention", lambda: MultiheadAttention(6, 2, rng=rng()), ((2, 3, 6),)),
    LayerCase("MultiheadAttention", lambda: MultiheadAttention(1, 1, rng=rng()), ((1, 1, 1),), "1"),
]
