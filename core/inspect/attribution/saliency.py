"""Saliency: gradients of a class's logit by what the network was given.

found = saliency_maps(network, sample, target)         all three maps at once, for one sample

gradient            ∂score/∂pixel                                      Simonyan et al. 2014
gradient × input    ∂score/∂pixel · ink: what the ink there adds       Shrikumar et al. 2017
SmoothGrad          the mean gradient of noisy copies, signed          Smilkov et al. 2017

Scores are those before the softmax, so that a sure guess has a gradient too. Gradients are by ink,
0 (paper) to 1, whatever the network makes of it; by the numbers of a row as the network receives
them; of tokens, which nothing can be between, by their embedding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.errors import LabError
from core.formatting import tr_format
from core.inspect.model_copy import ModelCopy, samples_first
from core.inspect.trace import Trace
from core.translation import tr

Map = NDArray[np.float32]

SMOOTH_SAMPLES, SMOOTH_NOISE = 32, 0.25
"""Noisy copies, and their noise as a share of the way from paper to ink."""


@dataclass(frozen=True)
class Saliency:
    """Maps of the sample's shape, signed: above zero more of it speaks for the class.

    (H, W), of colours (3, H, W), of a row (D,). Of tokens (T,): the lengths of the gradients by
    their embeddings, and in `product` what each adds. `target` is the class they are for, `probs`
    (C,) what the network makes of the sample.
    """

    target: int
    probs: NDArray[np.float32]
    gradient: Map
    product: Map
    smooth: Map


def saliency_maps(
    network: ModelCopy,
    picture: NDArray[np.generic],
    target: int | None = None,
    samples: int = SMOOTH_SAMPLES,
    noise: float = SMOOTH_NOISE,
) -> Saliency:
    """What a sample says for a class, or for the guess; all copies in one pass.

    The noise is always the same, so that equal samples have equal maps. Raises LabError for a
    class that there is not.
    """
    probs, target = asked_class(network, picture, target)
    copies = 1 + max(samples, 1)
    if picture.dtype.kind in "iu" and picture.dtype != np.uint8:
        return _of_tokens(network, picture, target, probs, copies, noise)
    given = to_ink(picture) if picture.dtype == np.uint8 else network.encode(picture[None])[0]
    many = np.repeat(given[None], copies, axis=0)
    many[1:] += noise * np.random.default_rng(0).standard_normal(many[1:].shape, np.float32)
    if picture.dtype == np.uint8:
        slopes = class_gradient(network, many, target, len(probs))
    else:
        slopes = score_gradient(network, many, target, len(probs))
    return Saliency(target, probs, slopes[0], slopes[0] * given, slopes[1:].mean(axis=0))


def class_gradient(network: ModelCopy, ink: Map, target: int, classes: int | None = None) -> Map:
    """∂score of a class/∂ink for pictures of ink (N, H, W) or (N, 3, H, W), in their shape."""
    slopes = score_gradient(network, network.encode(ink), target, classes)
    scale = network.encode(np.ones_like(ink[:1])) - network.encode(np.zeros_like(ink[:1]))
    return np.asarray(slopes * scale, np.float32).reshape(ink.shape)


def score_gradient(network: ModelCopy, x: Map, target: int, classes: int | None = None) -> Map:
    """∂score of a class/∂x, of x's shape: what the network receives."""

    def score(seen: Trace) -> tuple[Tensor, Map]:
        return seen.scores, class_seed(seen.scores.shape, target, classes)

    return network.gradient(x, score)[0]


def _of_tokens(
    network: ModelCopy,
    tokens: NDArray[np.generic],
    target: int,
    probs: Map,
    copies: int,
    noise: float,
) -> Saliency:
    """Of tokens (T,), by what the first layer makes of them."""
    seen = network.trace(np.repeat(tokens[None], copies, axis=0))
    users = seen.users(seen.inputs[0])
    if not users:
        raise LabError(
            tr("Tokens have a saliency where a layer embeds them, and this network has none.")
        )
    embedded = users[0].output
    noisy = noise * float(embedded.data.std())
    rng = np.random.default_rng(0)

    def disturbed(values: Map) -> Map:
        found = values.copy()
        found[1:] += noisy * rng.standard_normal(found[1:].shape, np.float32)
        return found

    def slopes(of: Trace, at: Tensor) -> Map:
        seed = class_seed(of.scores.shape, target)
        return samples_first(of.gradients(of.scores, seed)(at), of)

    plain = slopes(seen, embedded)[0]
    module = users[0].module
    if module is None:
        smooth = plain[None]
    else:
        with module.register_forward_hook(
            lambda m, args, out: out + Tensor(disturbed(out.data) - out.data)
        ):
            again = network.trace(np.repeat(tokens[None], copies, axis=0))
            smooth = slopes(again, again.users(again.inputs[0])[0].output)[1:]
    return Saliency(
        target,
        probs,
        np.linalg.norm(plain, axis=-1).astype(np.float32),
        (plain * samples_first(embedded.data, seen)[0]).sum(axis=-1),
        np.linalg.norm(smooth.mean(axis=0), axis=-1).astype(np.float32),
    )


def class_seed(
    shape: tuple[int, ...], target: int, classes: int | None = None
) -> NDArray[np.float32]:
    """The seed of a backward pass from a class's logit: scores (N, S), or of the last place of a
    sequence (N, T, S). A single logit of two `classes` counts for the second, against the first.
    """
    counts = np.zeros(shape, np.float32)
    last = counts if len(shape) == 2 else counts.reshape(shape[0], -1, shape[-1])[:, -1]
    if shape[-1] == 1:
        last[:] = -1 if target == 0 and classes != 1 else 1
    else:
        last[:, target] = 1
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
    network: ModelCopy, sample: NDArray[np.generic], target: int | None
) -> tuple[NDArray[np.float32], int]:
    """What the network makes of a sample (C,), and the class: that asked for, or the predicted
    one. Raises LabError for a class that there is not.
    """
    probs = network.probs(sample[None])[0]
    return probs, resolve_class(probs, target)


def to_ink(picture: NDArray[np.generic]) -> Map:
    """Bytes (H, W) or (3, H, W) as ink from 0 to 1. Raises LabError for anything else."""
    if picture.ndim not in (2, 3) or picture.dtype != np.uint8:
        words = "A picture to look into has bytes (H, W) or (3, H, W), not {dtype} {shape}."
        raise LabError(tr_format(words, dtype=picture.dtype, shape=picture.shape))
    return np.asarray(picture, np.float32) / np.float32(255)
