"""Which units of a layer made the network prefer one class to another.

What the layers behind hear of a layer, A (bent, pooled), is weighed with how the difference of two
scores changes with it, and added up over the places of each unit:

    share_k = Σ over places of A_k · ∂(score − score of the rival)/∂A_k

Gradient × activation (Shrikumar et al. 2017). Where only one linear layer follows, all shares and
the difference of its two biases make up the difference of the scores exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.errors import LabError
from core.inspect.attribution.saliency import chosen, for_class, one_picture
from core.inspect.capture import Lens


@dataclass(frozen=True)
class Blame:
    """`shares` (units,): above zero speaks for `klass`, below for `rival`; they add up to about
    `difference`, score − score of the rival. `maps` (units, H, W): the shares of every place.

    `path` names the layer, `chances` (C,) are what the network makes of the picture.
    """

    path: str
    klass: int
    rival: int
    chances: NDArray[np.float32]
    difference: float
    shares: NDArray[np.float32]
    maps: NDArray[np.float32]


def blamed_layer(lens: Lens) -> str:
    """The last convolution before the scores, or the last layer before them.

    Raises LabError for a network in which every unit is a score.
    """
    hidden = [layer for layer in lens.layers if not layer.last]
    if not hidden:
        raise LabError(
            "Every unit of this network is a score itself, so there is none behind it to blame. "
            "Saliency shows which pixels speak for a class."
        )
    return ([layer for layer in hidden if layer.kernels] or hidden)[-1].path


def blame(
    lens: Lens,
    picture: NDArray[np.uint8],
    klass: int | None = None,
    rival: int | None = None,
    path: str | None = None,
) -> Blame:
    """What each unit of the layer at `path` adds to a class's lead over a rival.

    Without a `klass` it is the guess, without a `rival` the next best guess but `klass`; without a
    `path` the last convolution. Raises LabError for classes or layers that there are not.
    """
    ink = one_picture(picture)
    if path is None:
        path = blamed_layer(lens)
    elif lens.layer(path).last:
        raise LabError(f"The units of “{path}” are the scores themselves. Choose a layer before.")
    chances = lens.chances(ink[None])[0]
    klass = chosen(chances, klass)
    others = chances.copy()
    others[klass] = -1
    rival = chosen(others, rival)
    if rival == klass:
        raise LabError("Choose two different classes to compare.")
    with no_grad():
        heard = lens.heard(path, Tensor(lens.numbers(ink[None]))).data

    def lead(x: Tensor) -> tuple[Tensor, NDArray[np.float32]]:
        scores = lens.scores_heard(path, x)
        counts = for_class(scores.shape, klass) - for_class(scores.shape, rival)
        return scores, counts / np.float32(2 if scores.shape[1] == 1 else 1)

    slopes, scores = lens.gradient(heard, lead)
    maps = (heard * slopes)[0]
    maps = maps if maps.ndim == 3 else maps.reshape(-1, 1, 1)
    counts = lead(Tensor(heard))[1]
    difference = float((scores.data * counts).sum())
    return Blame(path, klass, rival, chances, difference, maps.sum(axis=(1, 2)), maps)
