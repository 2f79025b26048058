from core.nn import Module, MultiheadAttention
from tests.core.nn.layer_cases.case import LayerCase, rng


def _heads() -> Module:
    return MultiheadAttention(6, 2, rng=rng())


CASES = [
    LayerCase("MultiheadAttention", _heads, ((2, 3, 6),), "of itself"),
    LayerCase("MultiheadAttention", _heads, ((2, 3, 6), (2, 4, 6)), "of others"),
    LayerCase("MultiheadAttention", _heads, ((1, 3, 6), (1, 2, 6), (1, 2, 6)), "of values"),
    LayerCase("MultiheadAttention", lambda: MultiheadAttention(1, 1, rng=rng()), ((1, 1, 1),), "1"),
]
