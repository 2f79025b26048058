from core.nn import Module, MultiheadAttention
from tests.core.nn.layer_cases.case import LayerCase, rng


def _heads() -> Module:
    return MultiheadAttention(6, 2, batch_first=True, rng=rng())


CASES = [
    LayerCase("MultiheadAttention", _heads, ((2, 3, 6),), "of itself"),
    LayerCase("MultiheadAttention", _heads, ((2, 3, 6), (2, 4, 6)), "of others"),
    LayerCase("MultiheadAttention", _heads, ((1, 3, 6), (1, 2, 6), (1, 2, 6)), "of values"),
    LayerCase("MultiheadAttention", lambda: MultiheadAttention(1, 1, rng=rng()), ((1, 1, 1),), "1"),
    LayerCase(
        "MultiheadAttention",
        lambda: MultiheadAttention(4, 2, 0.4, kdim=3, vdim=5, rng=rng()),
        ((2, 1, 4), (3, 1, 3), (3, 1, 5)),
        "of other widths, dropout",
    ),
]
