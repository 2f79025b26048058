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

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.attribution.saliency import Map, asked_class, class_seed
from core.inspect.features.receptive_field import ReceptiveField
from core.inspect.model_copy import ModelCopy
from core.translation import tr


@dataclass(frozen=True)
class GradCam:
    """`coarse` (h, w) as the layer has it, `smooth` (H, W) laid over the picture, both ≥ 0."""

    target: int
    probs: NDArray[np.float32]
    layer: str
    coarse: Map
    smooth: Map


def grad_cam(
    network: ModelCopy,
    picture: NDArray[np.uint8],
    target: int | None = None,
    path: str | None = None,
) -> GradCam:
    """The map of a class, or of the guess, in a convolution: the last one, or that at `path`.

    Raises LabError for a network without convolutions, and for a class or layer that there is not.
    """
    kernels = [layer for layer in network.layers if layer.kernels]
    if not kernels:
        raise LabError(
            tr(
                "Class activation maps need a convolution, and this network has none. Use the "
                "gradient or covering instead."
            )
        )
    layer = kernels[-1] if path is None else network.layer(path)
    if not layer.kernels or picture.ndim < 2:
        raise LabError(tr_format("Layer “{path}” has no maps. Choose a convolution.", layer))
    probs, target = asked_class(network, picture, target)
    seen = network.trace_from(network.encode(picture[None]), layer.path)
    maps = seen[layer.path].output
    if maps.ndim != 4:
        raise LabError(tr_format("Layer “{path}” has no maps. Choose a convolution.", layer))
    slopes = seen.gradients(seen.scores, class_seed(seen.scores.shape, target, len(probs)))(maps)
    alphas = slopes[0].mean(axis=(1, 2))
    coarse = np.maximum(np.tensordot(alphas, np.maximum(maps.data[0], 0), 1), 0).astype(np.float32)
    smooth = _laid_over(network.field(layer.path, picture[None]), coarse, picture.shape[-2:])
    return GradCam(target, probs, layer.path, coarse, smooth)


def _laid_over(field: ReceptiveField | None, coarse: Map, size: tuple[int, ...]) -> Map:
    """A coarse map over a picture (H, W): each number in the middle of what it sees.

    Straight between; beyond the outermost middles the last numbers go on. Where it is not known
    what they see, the map is stretched.
    """
    axes = []
    for axis, count in enumerate(coarse.shape):
        if field is None:
            middles = [(number + 0.5) * size[axis] / count - 0.5 for number in range(count)]
        else:
            places = ((number, 0) if axis == 0 else (0, number) for number in range(count))
            rects = [field.sees(*place) for place in places]
            middles = [(rect[axis] + rect[axis + 2] - 1) / 2 for rect in rects]
        axes.append(np.interp(np.arange(size[axis]), middles, np.arange(count)).astype(np.float32))
    across, down = np.meshgrid(axes[1], axes[0])
    smooth = cv2.remap(coarse, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)
