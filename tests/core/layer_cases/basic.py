from core.nn import GELU, Flatten, Linear, LogSoftmax, ReLU, Sequential, Sigmoid, Tanh
from tests.core.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("Linear", lambda: Linear(5, 3, rng=rng()), ((2, 5),)),
    LayerCase("Linear", lambda: Linear(1, 1, rng=rng()), ((1, 1),), "size one"),
    LayerCase("Linear", lambda: Linear(4, 3, rng=rng()), ((2, 3, 4),), "sequence"),
    LayerCase("Linear", lambda: Linear(4, 3, rng=rng()), ((0, 4),), "empty"),
    LayerCase("Flatten", Flatten, ((3, 2, 2),)),
    LayerCase("ReLU", ReLU, ((3, 5),)),
    LayerCase("Sigmoid", Sigmoid, ((3, 5),)),
    LayerCase("Tanh", Tanh, ((3, 5),)),
    LayerCase("GELU", GELU, ((3, 5),)),
    LayerCase("LogSoftmax", LogSoftmax, ((3, 5),)),
    LayerCase(
        "Sequential",
        lambda: Sequential(Linear(5, 4, rng=rng()), ReLU(), Linear(4, 3, rng=rng()), Tanh()),
        ((3, 5),),
    ),
]
