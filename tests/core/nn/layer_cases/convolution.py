from core.nn import AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d, ReLU, Sequential
from tests.core.nn.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("Conv2d", lambda: Conv2d(2, 3, 3, rng=rng()), ((2, 2, 5, 4),)),
    LayerCase("Conv2d", lambda: Conv2d(1, 2, 3, 2, 1, rng=rng()), ((1, 1, 5, 4),), "strided"),
    LayerCase(
        "ConvTranspose2d", lambda: ConvTranspose2d(2, 3, 3, 2, 1, 1, rng=rng()), ((1, 2, 3, 2),)
    ),
    LayerCase("AvgPool2d", lambda: AvgPool2d(2), ((2, 1, 5, 4),)),
    LayerCase("MaxPool2d", lambda: MaxPool2d(2), ((2, 1, 5, 4),)),
    LayerCase("MaxPool2d", lambda: MaxPool2d(2, ceil_mode=True), ((1, 2, 3, 5),), "ceil"),
    LayerCase(
        "Sequential",
        lambda: Sequential(Conv2d(2, 3, 3, rng=rng()), ReLU(), MaxPool2d(2)),
        ((2, 2, 6, 6),),
        "convolution and pool",
    ),
]
