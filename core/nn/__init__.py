"""Layers, in torch's names and layouts."""

from core.nn.attention import MultiheadAttention
from core.nn.convolution import Conv2d, MaxPool2d
from core.nn.layers import (
    GELU,
    Flatten,
    LeakyReLU,
    Linear,
    LogSoftmax,
    ReLU,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from core.nn.module import Module
from core.nn.recurrent import GRU, LSTM, RNN
from core.nn.sequential import Sequential

__all__ = [
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "Conv2d",
    "Flatten",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MaxPool2d",
    "Module",
    "MultiheadAttention",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]
