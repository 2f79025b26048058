"""The output of every layer for one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.formatting import tr_format
from core.inspect.capture import sequential_leaves
from core.inspect.features.receptive_field import ReceptiveField
from core.nn import Conv2d, Dropout, Flatten, Linear, LogSoftmax, MaxPool2d, Module, Softmax
from core.nn.normalization import BatchNorm1d, BatchNorm2d, LayerNorm


@dataclass(frozen=True)
class LayerOutput:
    """`values` are maps (C, H, W) or numbers (N,), what came out; `words` say how, in order.

    `weighs`: with weights of its own that mix what came in. `shares`: the scores were only turned
    into (logarithms of) probabilities. `silent`: the numbers were merely put in another shape.
    `reach`: what each number of maps sees of the picture; None for what sees all of it.
    """

    words: tuple[str, ...]
    values: NDArray[np.float32]
    has_weights: bool = False
    shares: bool = False
    reshapes: bool = False
    reach: ReceptiveField | None = None


class LayerOutputs:
    """Runs pictures through a model in eval mode, layer by layer.

    A model whose leaves in order do not compute what the model computes is one single layer.
    """

    def __init__(self, model: Module) -> None:
        self._model = model
        self._leaves: list[tuple[str, Module]] | None = None

    def capture(self, x: NDArray[np.float32]) -> tuple[Tensor, list[LayerOutput]]:
        """The logits (1, S) of one picture (1, 1, 28, 28), and the output of every layer."""
        with no_grad():
            if self._leaves is None:
                self._leaves = sequential_leaves(self._model, Tensor(x))
            layers = []
            y, field = Tensor(x), ReceptiveField()
            for _, leaf in self._leaves:
                y = leaf(y)
                field = field.behind(leaf)
                layers.append(_layer(leaf, y.data, field))
        return y, layers


def merge_layers(layers: Sequence[LayerOutput]) -> list[LayerOutput]:
    """One layer for all that follows on the same weights: kernels with their pool and activation.

    What comes before the first weights joins them; a last step from scores to probabilities is
    left out.
    """
    groups: list[list[LayerOutput]] = []
    for layer in layers[:-1] if layers and layers[-1].shares else layers:
        if not groups or (layer.has_weights and any(one.has_weights for one in groups[-1])):
            groups.append([])
        groups[-1].append(layer)
    return [_joined(group) for group in groups]


def _joined(group: Sequence[LayerOutput]) -> LayerOutput:
    """As the last of them left it; merely turning maps into a row hides nothing worth seeing."""
    words = tuple(word for layer in group if not layer.reshapes for word in layer.words)
    seen = [layer for layer in group if not layer.reshapes] or group
    return LayerOutput(
        words or group[0].words, seen[-1].values, has_weights=True, reach=seen[-1].reach
    )


def _layer(part: Module, y: NDArray[np.float32], reach: ReceptiveField) -> LayerOutput:
    return LayerOutput(
        words=(_word(part),),
        values=np.array(y[0], np.float32),
        has_weights=isinstance(part, Conv2d | Linear),
        shares=isinstance(part, LogSoftmax | Softmax),
        reshapes=isinstance(part, Flatten | Dropout),
        reach=reach if y.ndim == 4 else None,
    )


def _word(part: Module) -> str:
    match part:
        case Conv2d():
            high, wide = part.weight.shape[2:]
            return tr_format("{high}×{wide} kernels", high=high, wide=wide)
        case Linear():
            return "neurons"
        case MaxPool2d():
            return "max-pool"
        case BatchNorm1d() | BatchNorm2d() | LayerNorm():
            return "normalised"
        case Flatten():
            return "flatten"
        case LogSoftmax():
            return "log-softmax"
    name = type(part).__name__
    return name if name.isupper() or name == "ReLU" else name.lower()
