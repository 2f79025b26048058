"""Unit attribution, gradient × activation: which units made the network prefer a class to another.

The activations A of a layer (activated, pooled) times the gradient of the difference of two logits,
summed over the positions of each unit:

    share_k = Σ over places of A_k · ∂(score − score of the runner_up)/∂A_k

Gradient × activation (Shrikumar et al. 2017). Where only one linear layer follows, all shares and
the difference of its two biases make up the difference of the scores exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.attribution.saliency import asked_class, class_seed, resolve_class
from core.inspect.model_copy import ModelCopy, samples_first
from core.inspect.units import at_units
from core.translation import tr


@dataclass(frozen=True)
class UnitAttribution:
    """Contributions of a layer's units to the lead of class `target` over class `runner_up`.

    `shares` (units,): above zero speaks for `target`, below for `runner_up`; they add up to about
    `difference`, logit of `target` − logit of `runner_up`. `maps` (units, H, W): the contributions
    of every position. `path` names the layer, `probs` (C,) are the network's probabilities.
    """

    path: str
    target: int
    runner_up: int
    probs: NDArray[np.float32]
    difference: float
    shares: NDArray[np.float32]
    maps: NDArray[np.float32]


def default_layer(network: ModelCopy) -> str:
    """The last convolution before the scores, or the last layer before them.

    Raises LabError for a network in which every unit is a score.
    """
    hidden = [layer for layer in network.layers if not layer.last]
    if not hidden:
        raise LabError(
            tr(
                "Every unit of this network is a score itself, so there is none behind it to "
                "blame. Saliency shows which pixels speak for a class."
            )
        )
    return ([layer for layer in hidden if layer.kernels] or hidden)[-1].path


def attribute_units(
    network: ModelCopy,
    picture: NDArray[np.generic],
    target: int | None = None,
    runner_up: int | None = None,
    path: str | None = None,
) -> UnitAttribution:
    """What each unit of the layer at `path` adds to a class's lead over the runner-up.

    `target` defaults to the predicted class, `runner_up` to the most probable other one, `path` to
    the last convolution. Raises LabError for classes or layers that there are not.
    """
    if path is None:
        path = default_layer(network)
    elif network.layer(path).last:
        words = "The units of “{path}” are the scores themselves. Choose a layer before."
        raise LabError(tr_format(words, path=path))
    layer = network.layer(path)
    probs, target = asked_class(network, picture, target)
    others = probs.copy()
    others[target] = -1
    runner_up = resolve_class(others, runner_up)
    if runner_up == target:
        raise LabError(tr("Choose two different classes to compare."))
    seen, handed_on = network.trace_behind(picture[None], path)
    scores = seen.scores
    counts = class_seed(scores.shape, target) - class_seed(scores.shape, runner_up)
    counts /= np.float32(2 if scores.shape[-1] == 1 else 1)
    added = handed_on.data * seen.gradients(scores, counts)(handed_on)
    units = at_units(samples_first(added, seen), layer.axis)[0]
    maps = units if units.ndim == 3 else units.reshape(len(units), 1, -1)
    difference = float((scores.data * counts).sum())
    return UnitAttribution(path, target, runner_up, probs, difference, maps.sum(axis=(1, 2)), maps)
