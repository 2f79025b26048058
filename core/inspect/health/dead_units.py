"""Dead units (dead ReLUs, saturated sigmoids): the activation has no slope at their outputs.

No gradient passes there, so that the unit does not learn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.inspect.capture import in_line
from core.inspect.subset import evenly_spaced
from core.nn import (
    GELU,
    Conv2d,
    LeakyReLU,
    Linear,
    Module,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)
from core.training.trainer import Trainer

FLAT = 0.01
"""Where the slope of an activation is smaller than this, it hardly learns."""

_MOST, _CHUNK = 256, 64
_ACTIVATIONS = (GELU, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh)
_LAYERS = (Conv2d, Linear)


@dataclass(frozen=True)
class DeadUnits:
    """An activation: `layer`, whose answers it bends, by torch's name; its `kind`.

    `flat` (U,): of each unit (a neuron, or a kernel at all its places) the share of answers with
    no slope to learn from. `pictures`, on how many that was counted.
    """

    layer: str
    kind: str
    flat: NDArray[np.float32]
    pictures: int

    @property
    def dead(self) -> int:
        """Units that no picture moves: all their answers are flat."""
        return int(np.count_nonzero(self.flat >= 1))


def dead_units(run: Trainer) -> tuple[DeadUnits, ...]:
    """Every activation of the network in order, on up to 256 pictures spread over the test set."""
    test = run.data.test
    numbers = evenly_spaced(len(test), _MOST)
    count = len(numbers)
    steps = list(_activations(run.model))
    sums: dict[str, NDArray[np.float64]] = {}
    kinds: dict[str, str] = {}
    run.model.eval()
    try:
        for at in range(0, count, _CHUNK):
            x = run.task.encode(test.images[numbers[at : at + _CHUNK]])
            for layer, module in steps:
                if isinstance(module, _ACTIVATIONS):
                    kinds[layer] = type(module).__name__
                    sums[layer] = sums.get(layer, 0) + _flat(module, x)
                with no_grad():
                    x = module(Tensor(x)).data
    finally:
        run.model.train()
    return tuple(
        DeadUnits(layer, kinds[layer], (total / count).astype(np.float32), count)
        for layer, total in sums.items()
    )


def _activations(model: Module) -> Iterator[tuple[str, Module]]:
    """The modules in order, each activation under the name of the layer before it."""
    before = ""
    for path, module in in_line(model):
        before = path if isinstance(module, _LAYERS) else before
        yield before, module


def _flat(module: Module, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """(U,): of every unit the answers without slope, as shares of a picture, summed over them."""
    answers = Tensor(x, requires_grad=True)
    F.sum(module(answers)).backward()
    assert answers.grad is not None
    flat = np.abs(answers.grad) < FLAT
    return flat.reshape(*flat.shape[:2], -1).mean(axis=2).sum(axis=0)
