"""Grad-CAM: where in the picture a convolution finds a class (Selvaraju et al. 2017).

The feature maps A_k of a layer are summed with the mean gradient of the class's logit as weights,
and negative values are set to 0:

    α_k = mean over places of ∂score/∂A_k        map = max(Σ_k α_k · A_k, 0)

A_k are the layer's numbers before any pooling, without those below zero, as behind a ReLU.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.attribution.saliency import Map, asked_class, score_gradient
from core.inspect.capture import FeatureExtractor
from core.translation import tr


@dataclass(frozen=True)
class GradCam:
    """`coarse` (h, w) as the layer has it, `smooth` (28, 28) laid over the picture, both ≥ 0."""

    target: int
    probs: NDArray[np.float32]
    layer: str
    coarse: Map
    smooth: Map


def grad_cam(
    extractor: FeatureExtractor,
    picture: NDArray[np.uint8],
    target: int | None = None,
    path: str | None = None,
) -> GradCam:
    """The map of a class, or of the guess, in a convolution: the last one, or that at `path`.

    Raises LabError for a network without convolutions, and for a class or layer that there is not.
    """
    kernels = [layer for layer in extractor.layers if layer.kernels]
    if not kernels:
        raise LabError(
            tr(
                "Class activation maps need a convolution, and this network has none. Use the "
                "gradient or covering instead."
            )
        )
    layer = kernels[-1] if path is None else extractor.layer(path)
    if not layer.kernels:
        raise LabError(tr_format("Layer “{path}” has no maps. Choose a convolution.", layer))
    ink, probs, target = asked_class(extractor, picture, target)
    with no_grad():
        maps = extractor.to(layer.path, Tensor(extractor.numbers(ink[None]))).data
    alphas = score_gradient(extractor, maps, target, layer.path)[0].mean(axis=(1, 2))
    coarse = np.maximum(np.tensordot(alphas, np.maximum(maps[0], 0), 1), 0).astype(np.float32)
    return GradCam(target, probs, layer.path, coarse, _laid_over(extractor, layer.path, coarse))


def _laid_over(extractor: FeatureExtractor, path: str, coarse: Map) -> Map:
    """A coarse map over 28×28 pixels: each number in the middle of what it sees, straight between.

    Beyond the outermost middles the last numbers go on.
    """
    axes = []
    for axis, count in enumerate(coarse.shape):
        places = ((number, 0) if axis == 0 else (0, number) for number in range(count))
        rects = [extractor.sees(path, *place) for place in places]
        middles = [(rect[axis] + rect[axis + 2] - 1) / 2 for rect in rects]
        axes.append(np.interp(np.arange(28), middles, np.arange(count)).astype(np.float32))
    across, down = np.meshgrid(axes[1], axes[0])
    smooth = cv2.remap(coarse, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)
