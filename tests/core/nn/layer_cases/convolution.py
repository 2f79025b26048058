from core.nn import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    MaxPool1d,
    MaxPool2d,
    ReLU,
    Sequential,
)
from tests.core.nn.layer_cases.case import LayerCase, rng

CASES = [
    LayerCase("Conv2d", lambda: Conv2d(2, 3, 3, rng=rng()), ((2, 2, 5, 4),)),
    LayerCase("Conv2d", lambda: Conv2d(1, 2, 3, 2, 1, rng=rng()), ((1, 1, 5, 4),), "strided"),
    LayerCase(
        "Conv2d",
        lambda: Conv2d(4, 4, 3, padding="same", dilation=2, groups=4, rng=rng()),
        ((1, 4, 5, 6),),
        "depthwise, dilated",
    ),
    LayerCase("Conv1d", lambda: Conv1d(2, 3, 3, rng=rng()), ((2, 2, 6),)),
    LayerCase(
        "Conv1d",
        lambda: Conv1d(4, 6, 2, 2, 1, 2, 2, False, rng=rng()),
        ((2, 4, 7),),
        "strided, padded, dilated, in groups",
    ),
    LayerCase(
        "ConvTranspose2d",
        lambda: ConvTranspose2d(4, 2, 2, 2, groups=2, dilation=2, rng=rng()),
        ((1, 4, 3, 2),),
        "dilated, in groups",
    ),
    LayerCase(
        "ConvTranspose1d",
        lambda: ConvTranspose1d(2, 4, 3, 2, 1, 1, 2, rng=rng()),
        ((2, 2, 4),),
    ),
    LayerCase("AdaptiveAvgPool2d", lambda: AdaptiveAvgPool2d((2, None)), ((2, 1, 5, 4),)),
    LayerCase("AdaptiveAvgPool1d", lambda: AdaptiveAvgPool1d(3), ((2, 2, 5),)),
    LayerCase("AvgPool1d", lambda: AvgPool1d(3, 2, 1), ((2, 1, 5),)),
    LayerCase("MaxPool1d", lambda: MaxPool1d(2, dilation=2), ((2, 1, 7),)),
    LayerCase("MaxPool2d", lambda: MaxPool2d(2, dilation=2), ((1, 2, 5, 6),), "dilated"),
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
