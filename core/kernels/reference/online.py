"""Online SGD in plain numpy: one step for each sample."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.kernels.reference.mlp import Activation, FusedMLP

Array = NDArray[np.floating]
Loss = Literal["squared_error", "cross_entropy"]


def online_descent(
    weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[Activation],
    x: Array, targets: Array, lr: float, loss: Loss, block: int = 1,
) -> tuple[Array, Array]:  # fmt: skip
    """A step of plain descent for each sample in turn; weights and biases change in place.

    x (S, in), targets (S, out) → the losses (S,) and the outputs (S, out), each before its step.
    The loss is Σ(y − t)², or minus the log-probability of the target under a softmax. `block` is
    how many steps the fast twin puts off for the first layer; here they are taken at once, with
    the same result.
    """
    losses, outputs = np.empty(len(x), np.float32), np.empty_like(targets)
    for s, (sample, target) in enumerate(zip(x, targets, strict=True)):
        net = FusedMLP(sample[None], weights, biases, activations)
        outputs[s] = y = net.value[0]
        if loss == "squared_error":
            losses[s] = np.sum((y - target) ** 2)
            g = 2 * (y - target)
        else:
            powers = np.exp(y - y.max())
            share = powers / powers.sum()
            losses[s] = -np.log(share[target.argmax()])
            g = share - target
        _, d_weights, d_biases = net.gradients(g[None], want_x=False)
        for parameter, gradient in zip((*weights, *biases), (*d_weights, *d_biases), strict=True):
            parameter -= lr * gradient
    return losses, outputs
