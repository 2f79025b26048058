"""Where in the picture a convolution finds its class: Grad-CAM (Selvaraju et al. 2017).

The maps A_k of a layer are added up, each as often as it speaks for the class in the mean, and what
speaks against it is cut off:

    α_k = mean over places of ∂score/∂A_k        map = max(Σ_k α_k · A_k, 0)

A_k are the layer's numbers before any pooling, without those below zero, as behind a ReLU.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.errors import LabError
from core.inspect.attribution.saliency import Map, chosen, for_class, one_picture
from core.inspect.capture import Lens


@dataclass(frozen=True)
class ClassActivation:
    """`coarse` (h, w) as the layer has it, `smooth` (28, 28) laid over the picture, both ≥ 0."""

    klass: int
    chances: NDArray[np.float32]
    layer: str
    coarse: Map
    smooth: Map


def class_activation(
    lens: Lens, picture: NDArray[np.uint8], klass: int | None = None, path: str | None = None
) -> ClassActivation:
    """The map of a class, or of the guess, in a convolution: the last one, or that at `path`.

    Raises LabError for a network without convolutions, and for a class or layer that there is not.
    """
    ink = one_picture(picture)
    kernels = [layer for layer in lens.layers if layer.kernels]
    if not kernels:
        raise LabError(
            "Class activation maps need a convolution, and this network has none. Use the gradient "
            "or covering instead."
        )
    layer = kernels[-1] if path is None else lens.layer(path)
    if not layer.kernels:
        raise LabError(f"Layer “{layer.path}” has no maps. Choose a convolution.")
    chances = lens.chances(ink[None])[0]
    klass = chosen(chances, klass)
    x = lens.numbers(ink[None])
    with no_grad():
        maps = lens.to(layer.path, Tensor(x)).data

    def score(inner: Tensor) -> tuple[Tensor, NDArray[np.float32]]:
        scores = lens.scores(inner, after=layer.path)
        return scores, for_class(scores.shape, klass)

    slopes, _ = lens.gradient(maps, score)
    alphas = slopes[0].mean(axis=(1, 2))
    coarse = np.maximum(np.tensordot(alphas, np.maximum(maps[0], 0), 1), 0).astype(np.float32)
    return ClassActivation(klass, chances, layer.path, coarse, _laid_over(lens, layer.path, coarse))


def _laid_over(lens: Lens, path: str, coarse: Map) -> Map:
    """A coarse map over 28×28 pixels: each number in the middle of what it sees, straight between.

    Beyond the outermost middles the last numbers go on.
    """
    axes = []
    for axis, count in enumerate(coarse.shape):
        middles = []
        for number in range(count):
            place = (number, 0) if axis == 0 else (0, number)
            rect = lens.sees(path, *place)
            middles.append((rect[axis] + rect[axis + 2] - 1) / 2)
        axes.append(np.interp(np.arange(28), middles, np.arange(count)).astype(np.float32))
    across, down = np.meshgrid(axes[1], axes[0])
    smooth = cv2.remap(coarse, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)
