from core.nn import GRU, LSTM, RNN
from tests.core.nn.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("RNN", lambda: RNN(3, 4, rng=rng()), ((4, 2, 3), (1, 2, 4)), "with a state"),
    LayerCase("RNN", lambda: RNN(3, 2, 2, "relu", rng=rng()), ((3, 2, 3),), "two layers of ReLU"),
    LayerCase("GRU", lambda: GRU(3, 4, rng=rng()), ((4, 2, 3), (1, 2, 4)), "with a state"),
    LayerCase("GRU", lambda: GRU(3, 2, 2, batch_first=True, rng=rng()), ((2, 3, 3),), "two layers"),
    LayerCase("GRU", lambda: GRU(1, 1, bias=False, rng=rng()), ((1, 1, 1),), "size one"),
    LayerCase("LSTM", lambda: LSTM(3, 4, rng=rng()), ((4, 2, 3),)),
    LayerCase("LSTM", lambda: LSTM(3, 2, 3, batch_first=True, rng=rng()), ((2, 3, 3),), "three"),
    LayerCase("LSTM", lambda: LSTM(3, 2, rng=rng()), ((4, 0, 3),), "empty"),
    LayerCase("RNN", lambda: RNN(2, 2, bidirectional=True, rng=rng()), ((3, 2),), "one sequence"),
    LayerCase(
        "GRU",
        lambda: GRU(2, 2, 2, batch_first=True, bidirectional=True, rng=rng()),
        ((2, 3, 2), (4, 2, 2)),
        "both directions",
    ),
    LayerCase(
        "LSTM",
        lambda: LSTM(2, 2, 2, dropout=0.4, bidirectional=True, rng=rng()),
        ((3, 2, 2),),
        "both directions, dropout",
    ),
]
