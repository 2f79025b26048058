"""Projection of samples to the plane by the PCA of a layer's activations.

Principal components by randomised singular value decomposition (Halko, Martinsson & Tropp 2011).
Signs and order of the components may change from one projection to the next; `procrustes_align`
rotates a new one onto the old one (Schönemann 1966).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.model_copy import ModelCopy, ProbeContext, samples_first
from core.inspect.subset import evenly_spaced

MOST_SAMPLES = 2000
PIXELS = "pixels"
"""The stage before the first layer."""

_CHUNK = 250
_MOST_NUMBERS = 4096  # a sample: more are summed with random signs
_COMPONENTS = 50  # what is handed to t-SNE
_EXTRA, _POWERS = 10, 4

Places = NDArray[np.float32]


@dataclass(frozen=True)
class Projection:
    """Samples `numbers` (n,) of the test set at `places` (n, 2), of root mean square radius 1.

    `guesses` (n,) and `confidence` (n,) are the network's, of sequences those at the last place.
    `shares` (2,) of the variance lie along the two axes. `components` (n, ≤50) are the samples in
    fewer numbers, for a closer look; empty unless asked for. `stages` can be asked for: the pixels,
    or what a layer hands on.
    """

    stage: str
    stages: tuple[str, ...]
    numbers: NDArray[np.int64]
    places: Places
    guesses: NDArray[np.int64]
    confidence: NDArray[np.float32]
    shares: tuple[float, float]
    components: NDArray[np.float32]


def project_samples(
    context: ProbeContext, stage: str | None = None, deep: bool = False, most: int = MOST_SAMPLES
) -> Projection:
    """A map of the test set as `stage` sees it; None: as the last layer is handed it.

    Raises LabError for a stage that there is not.
    """
    run, network = context.run, context.network()
    stages = PIXELS, *(layer.path for layer in network.layers)
    stage = stages[-2] if stage is None else stage
    if stage not in stages:
        words = "There is no map of “{stage}”. There are: {stages}."
        raise LabError(tr_format(words, stage=stage, stages=", ".join(stages)))
    test = run.data.test
    numbers = evenly_spaced(len(test), most)
    rows, probs = [], []
    for begin in range(0, len(numbers), _CHUNK):
        images = test.inputs[numbers[begin : begin + _CHUNK]]
        rows.append(_fewer(_seen(network, stage, images)))
        probs.append(network.probs(images))
        run.on_idle()
    made = np.concatenate(probs)
    places, shares = principal_components(np.concatenate(rows), _COMPONENTS if deep else 2)
    return Projection(
        stage=stage,
        stages=stages,
        numbers=numbers,
        places=scale_to_unit_radius(places[:, :2]),
        guesses=made.argmax(axis=1),
        confidence=made.max(axis=1),
        shares=shares,
        components=places if deep else np.empty((len(numbers), 0), np.float32),
    )


def _seen(network: ModelCopy, stage: str, samples: NDArray[Any]) -> NDArray[np.float32]:
    """What is handed on at a stage, (N, F), activated and pooled; of the last the scores."""
    if stage == PIXELS:
        rows = network.encode(samples).astype(np.float32)
    else:
        seen = network.trace(samples)
        rows = samples_first(seen.handed_on(stage).data, seen, seen[stage])
    return np.nan_to_num(rows.reshape(len(samples), -1), nan=0.0, posinf=0.0, neginf=0.0)


def _fewer(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, F) → (N, ≤ 4096): signed sums, which keep distances on the average (Charikar 2002)."""
    wide = rows.shape[1]
    if wide <= _MOST_NUMBERS:
        return rows
    signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), wide)
    padded = np.zeros((len(rows), -(-wide // _MOST_NUMBERS) * _MOST_NUMBERS), np.float32)
    padded[:, :wide] = rows * signs
    return padded.reshape(len(rows), -1, _MOST_NUMBERS).sum(axis=1)


def principal_components(
    rows: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Principal components of rows (n, F): places (n, max(count, 2)), and the first two's shares.

    What there is not (few samples, no differences) stays 0.
    """
    wanted = max(count, 2)
    found = np.zeros((len(rows), wanted), np.float32)
    centred = rows - rows.mean(axis=0) if len(rows) else rows
    total = float(np.einsum("nf,nf->", centred, centred, dtype=np.float64))
    if total <= 0:
        return found, (0.0, 0.0)
    wide = min(wanted + _EXTRA, *centred.shape)
    basis = np.random.default_rng(0).standard_normal((centred.shape[1], wide)).astype(np.float32)
    span, _ = np.linalg.qr(centred @ basis)
    for _ in range(_POWERS):
        back, _ = np.linalg.qr(centred.T @ span)
        span, _ = np.linalg.qr(centred @ back)
    left, lengths, _ = np.linalg.svd(span.T @ centred, full_matrices=False)
    few = min(wanted, len(lengths))
    found[:, :few] = (span @ left[:, :few]) * lengths[:few]
    shares = np.zeros(2)
    shares[: min(few, 2)] = lengths[: min(few, 2)].astype(np.float64) ** 2 / total
    return found, (float(shares[0]), float(shares[1]))


def scale_to_unit_radius(places: Places) -> Places:
    """Places (n, 2) around 0 with a root mean square radius of 1."""
    centred = places - places.mean(axis=0) if len(places) else places
    radius = float(np.sqrt((centred**2).sum(axis=1).mean())) if len(places) else 0.0
    return np.asarray(centred / radius if radius > 0 else centred, np.float32)


def procrustes_align(places: Places, before: Places) -> Places:
    """`places` (n, 2) turned, and turned over where need be, to lie best on those `before`."""
    if places.shape != before.shape or not len(places):
        return places
    left, _, right = np.linalg.svd(places.T.astype(np.float64) @ before)
    return np.asarray(places @ (left @ right), np.float32)
