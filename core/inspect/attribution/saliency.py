"""Saliency: gradients of a class's logit by the picture.

found = saliency_maps(extractor, picture, target)      all three maps at once, for one picture

gradient            |∂score/∂pixel|                                    Simonyan et al. 2014
gradient × input    ∂score/∂pixel · ink: what the ink there adds       Shrikumar et al. 2017
SmoothGrad          the mean gradient of noisy copies, signed          Smilkov et al. 2017

Scores are those before the softmax, so that a sure guess has a gradient too. Gradients are by ink,
0 (paper) to 1, whatever the network makes of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.data.encodings import Normalize
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.capture import FeatureExtractor

Map = NDArray[np.float32]

SMOOTH_SAMPLES, SMOOTH_NOISE = 32, 0.25
"""Noisy copies, and their noise as a share of the way from paper to ink."""


@dataclass(frozen=True)
class Saliency:
    """Maps (28, 28), signed: above zero more ink speaks for the class, below against it.

    `target` is the class they are for, `probs` (C,) what the network makes of the picture.
    """

    target: int
    probs: NDArray[np.float32]
    gradient: Map
    product: Map
    smooth: Map


def saliency_maps(
    extractor: FeatureExtractor,
    picture: NDArray[np.uint8],
    target: int | None = None,
    samples: int = SMOOTH_SAMPLES,
    noise: float = SMOOTH_NOISE,
) -> Saliency:
    """What a picture (28, 28) says for a class, or for the guess; all copies in one pass.

    The noise is always the same, so that equal pictures have equal maps. Raises LabError for a
    class that there is not.
    """
    ink, probs, target = asked_class(extractor, picture, target)
    copies = np.repeat(ink[None], 1 + max(samples, 1), axis=0)
    copies[1:] += noise * np.random.default_rng(0).standard_normal(copies[1:].shape, np.float32)
    slopes = class_gradient(extractor, copies, target)
    return Saliency(target, probs, slopes[0], slopes[0] * ink, slopes[1:].mean(axis=0))


def class_gradient(extractor: FeatureExtractor, ink: Map, target: int) -> Map:
    """∂score of a class/∂ink (N, 28, 28) for pictures (N, 28, 28) of ink."""
    slopes = score_gradient(extractor, extractor.numbers(ink), target)
    encoding = extractor.task.encoding
    assert isinstance(encoding, Normalize)
    return np.asarray(slopes[:, 0] / np.float32(encoding.std), np.float32)


def score_gradient(
    extractor: FeatureExtractor, x: Map, target: int, after: str | None = None
) -> Map:
    """∂score of a class/∂x, of x's shape: what the network receives, or what a layer hands on."""

    def score(inner: Tensor) -> tuple[Tensor, NDArray[np.float32]]:
        scores = extractor.scores(inner, after)
        return scores, class_seed(scores.shape, target)

    return extractor.gradient(x, score)[0]


def class_seed(shape: tuple[int, ...], target: int) -> NDArray[np.float32]:
    """The seed of a backward pass (N, S) from a class's logit; of a single logit its sign."""
    counts = np.zeros(shape, np.float32)
    if shape[1] == 1:
        counts[:] = 1 if target == 1 else -1
    else:
        counts[:, target] = 1
    return counts


def resolve_class(probs: NDArray[np.float32], target: int | None) -> int:
    """The class asked for, or the predicted one. Raises LabError for one that there is not."""
    if target is None:
        return int(probs.argmax())
    if not 0 <= target < len(probs):
        words = "There are classes 0 to {n}; there is no {target}."
        raise LabError(tr_format(words, n=len(probs) - 1, target=target))
    return target


def asked_class(
    extractor: FeatureExtractor, picture: NDArray[np.uint8], target: int | None
) -> tuple[Map, NDArray[np.float32], int]:
    """A picture's ink, what the network makes of it (C,), and the class: that asked for, or the
    predicted one. Raises LabError for a class or a picture that there is not.
    """
    ink = to_ink(picture)
    probs = extractor.probs(ink[None])[0]
    return ink, probs, resolve_class(probs, target)


def to_ink(picture: NDArray[np.uint8]) -> Map:
    """Bytes (28, 28) as ink from 0 to 1. Raises LabError for anything else."""
    if picture.shape != (28, 28) or picture.dtype != np.uint8:
        words = "A picture to look into has 28×28 bytes, not {dtype} {shape}."
        raise LabError(tr_format(words, dtype=picture.dtype, shape=picture.shape))
    return picture.astype(np.float32) / np.float32(255)
