"""Layers, in torch's names and layouts."""

from core.nn.layers import (
    GELU,
    Conv2d,
    Flatten,
    Linear,
    LogSoftmax,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from core.nn.module import Module, Sequential

__all__ = [
    "GELU",
    "Conv2d",
    "Flatten",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
