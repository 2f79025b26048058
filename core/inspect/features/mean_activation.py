"""How much each unit of a network has to say: its mean answer to a batch of pictures."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor, no_grad
from core.inspect.capture import FeatureExtractor

MOST = 256


def mean_activations(
    extractor: FeatureExtractor, images: NDArray[np.uint8], most: int = MOST
) -> Mapping[str, NDArray[np.float32]]:
    """Of every layer, by its path, the mean size |A| of what the layers behind hear of each unit.

    Averaged over all places and over up to `most` of the pictures (N, 28, 28), evenly chosen.
    """
    count = min(len(images), most)
    some = images[np.arange(count) * len(images) // max(count, 1)]
    x = Tensor(extractor.numbers(some))
    found = {}
    with no_grad():
        for layer in extractor.layers:
            heard = np.abs(extractor.activations(layer.path, x).data)
            axes = (0, 2, 3) if heard.ndim == 4 else (0,)
            found[layer.path] = np.asarray(heard.mean(axis=axes), np.float32)
    return found
