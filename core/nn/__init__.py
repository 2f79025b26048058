"""Layers, in torch's names and layouts."""

from core.nn.attention import MultiheadAttention
from core.nn.convolution import AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d
from core.nn.dropout import Dropout
from core.nn.layers import (
    GELU,
    Embedding,
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
from core.nn.normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from core.nn.recurrent import GRU, LSTM, RNN
from core.nn.sequential import Sequential
from core.nn.transformer import (
    GPT,
    TransformerBlock,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)

__all__ = [
    "GELU",
    "GPT",
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "LayerNorm",
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
    "TransformerBlock",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]
