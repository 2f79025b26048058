"""Feature visualization (“dreams”): gradient ascent on a picture's ink for a class or a unit.

objective = VisualizationObjective(target=6)
for image in visualize(network, objective, pixel_stats(run.data.train)):
    image.picture, image.probs              a little better each time

Plain ascent ends in patterns that only the network takes for a letter. What keeps the picture near
to handwriting is known from Yosinski et al. 2015, Mordvintsev et al. 2015 and Olah et al. 2017:

- ink is drawn with a round pen: the picture is a blurred one, and stays between paper and ink;
- it must also work moved, turned and scaled: the gradient is the mean over such
  copies, all in one pass, and the changes become smaller towards the end;
- ink and its edges (total variation) cost something;
- ink goes rather where pictures of the set differ, and the ascent begins at their mean.

Adam (Kingma & Ba 2015) takes the steps, with one length for all pixels: with one each, tiny
gradients would become hair everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from core.autograd import Tensor
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.attribution.saliency import Map, resolve_class
from core.inspect.features.receptive_field import PixelRect
from core.inspect.model_copy import ModelCopy, ProbeContext, samples_first
from core.inspect.subset import evenly_spaced
from core.inspect.trace import Trace
from core.inspect.units import at_units
from core.training.task import binary_probabilities, softmax
from core.training.trainer import Trainer
from core.translation import tr

_MOST = 2_000
_EVERY = 4  # steps a picture that is shown
_FIRST, _SECOND = 0.9, 0.99  # Adam's memories
_SETTLED = 0.8  # of the way, after which the copies are changed no less

Start = Literal["mean", "noise"]
Answer = Callable[[Trace], tuple[Tensor, NDArray[np.float32]]]


@dataclass(frozen=True)
class VisualizationObjective:
    """What is maximized: a class, or a unit of the layer at `path`.

    Of a class the log-probability, of a neuron the output, of a kernel its maximum.
    """

    target: int | None = None
    path: str = ""
    unit: int = 0


@dataclass(frozen=True)
class VisualizationSettings:
    """Settings of the gradient ascent.

    `copies` in one pass, at first moved by up to `shift` pixels, turned by up to `turn` degrees and
    scaled by up to eˢᶜᵃˡᵉ; a pen `blur` pixels wide; `variation` and `ink` are what edges and ink
    cost, in root mean squares of the gradient. Another `seed` gives another picture.
    """

    steps: int = 100
    copies: int = 8
    rate: float = 0.08
    shift: float = 3.0
    turn: float = 15.0
    scale: float = 0.2
    blur: float = 1.0
    variation: float = 0.15
    ink: float = 0.15
    start: Start = "mean"
    seed: int = 0


@dataclass(frozen=True)
class FeatureVisualization:
    """A picture (H, W), or (3, H, W) of colours, from 0 to 1 after `step` of `steps`.

    `answer` is the unit's, or the class's score; `probs` (C,) what the network makes of it.
    """

    picture: Map
    answer: float
    probs: NDArray[np.float32]
    step: int
    steps: int

    @property
    def over(self) -> bool:
        """Whether this is the last one."""
        return self.step >= self.steps


@dataclass(frozen=True)
class PixelStats:
    """Mean and deviation of a set's ink, (H, W), or of its colours, (3, H, W)."""

    mean: Map
    deviation: Map


def pixel_stats(data: Dataset) -> PixelStats:
    """Of up to 2,000 pictures, evenly chosen. Raises LabError for what are no pictures."""
    if data.inputs.ndim < 3 or data.inputs.dtype != np.uint8:
        raise LabError(
            tr(
                "Only pictures can be dreamed: tokens do not change little by little, and a row of "
                "numbers is no picture."
            )
        )
    if not len(data):
        even = np.full(data.inputs.shape[1:], 0.5, np.float32)
        return PixelStats(np.zeros_like(even), even)
    some = data.inputs[evenly_spaced(len(data), _MOST)] / np.float32(255)
    return PixelStats(some.mean(axis=0), some.std(axis=0))


def visualize(
    network: ModelCopy,
    objective: VisualizationObjective,
    typical: PixelStats,
    recipe: VisualizationSettings = VisualizationSettings(),
) -> Iterator[FeatureVisualization]:
    """Yield the picture after every few steps of gradient ascent.

    Raises LabError for a class or unit that there is not.
    """
    answer = _answer_of(network, objective, typical)
    rng = np.random.default_rng(recipe.seed)
    drawn = _begun(recipe, typical, rng)
    if objective.target is None and network.layer(objective.path).kernels:
        field = network.field(objective.path, drawn[None])
        if field is not None:
            recipe = _smaller(recipe, field.sees(0, 0), drawn.shape[-1])
    # Where no picture differs from another a little ink is still thinkable.
    likely = 0.02 + typical.deviation / max(float(typical.deviation.max()), 1e-6)
    first, second = np.zeros_like(drawn), 0.0
    for step in range(1, recipe.steps + 1):
        done = (step - 1) / max(recipe.steps - 1, 1)
        calm = 1 - 0.65 * min(done / _SETTLED, 1)
        picture = _penned(drawn, recipe.blur)
        ways = _ways(rng, recipe, calm, picture.shape)
        copies = np.stack([_warped(picture, way) for way in ways])
        noted = {objective.path} if objective.target is None else ()
        slopes, _ = network.gradient(network.encode(copies), answer, noted)
        slope = _penned(_back(slopes.reshape(copies.shape), ways), recipe.blur) * likely
        length = float(np.sqrt(np.mean(slope * slope)))
        if length > 0:  # else nothing is known but what ink costs
            slope /= length
        slope -= recipe.variation * _edge_slopes(picture) + recipe.ink * _cost(picture, typical)
        first = np.asarray(_FIRST * first + (1 - _FIRST) * slope, np.float32)
        second = _SECOND * second + (1 - _SECOND) * float(np.mean(slope * slope))
        ahead = first / (1 - _FIRST**step)
        size = np.sqrt(second / (1 - _SECOND**step)) + 1e-8
        rate = recipe.rate * (1 - 0.7 * done)
        drawn = np.clip(drawn + np.float32(rate / size) * ahead, 0, 1).astype(np.float32)
        if step % _EVERY == 0 or step == recipe.steps:
            yield _seen(network, answer, _penned(drawn, recipe.blur), step, recipe.steps)


class _Ascent:
    """A visualization made in pieces, with the weights of its start."""

    def __init__(
        self,
        run: Trainer,
        objective: VisualizationObjective,
        recipe: VisualizationSettings,
        number: int,
    ) -> None:
        self.number = number
        self._steps = visualize(
            ModelCopy(run.task, run.model), objective, pixel_stats(run.data.train), recipe
        )
        self._last = next(self._steps)

    def advance(self, seconds: float) -> FeatureVisualization:
        """What it is about `seconds` later."""
        end = perf_counter() + seconds
        while not self._last.over and perf_counter() < end:
            self._last = next(self._steps)
        return self._last


def continue_visualization(
    context: ProbeContext,
    number: int,
    objective: VisualizationObjective,
    recipe: VisualizationSettings = VisualizationSettings(),
    seconds: float = 0.02,
) -> FeatureVisualization:
    """Visualization `number`, continued for about `seconds`.

    Training may go on between two calls; another number begins another one and drops
    this one. Raises LabError for a class or unit that there is not.
    """
    ascent = context.cached(_Ascent)
    if ascent is None or ascent.number != number:
        ascent = context.keep(_Ascent(context.run, objective, recipe, number))
    return ascent.advance(seconds)


def _seen(
    network: ModelCopy, answer: Answer, picture: Map, step: int, steps: int
) -> FeatureVisualization:
    whole, counts = answer(network.trace(picture[None]))
    value = float((whole.data * (counts > 0)).sum() / max(np.count_nonzero(counts > 0), 1))
    return FeatureVisualization(picture, value, network.probs(picture[None])[0], step, steps)


def _answer_of(
    network: ModelCopy, objective: VisualizationObjective, typical: PixelStats
) -> Answer:
    """What is looked at of the copies, and how its numbers count."""
    target, path, unit = objective.target, objective.path, objective.unit
    if target is None:
        layer = network.unit(path, unit)

        def of_unit(seen: Trace) -> tuple[Tensor, NDArray[np.float32]]:
            answers = seen[path].output
            counts = np.zeros(answers.shape, np.float32)
            own = network.values(seen, layer)[:, unit]
            weights = at_units(samples_first(counts, seen, seen[path]), layer.axis)[:, unit]
            for number, values in enumerate(own):
                best = np.unravel_index(values.argmax(), values.shape)
                weights[(number, *best)] = 1 / len(own)
            return answers, counts

        return of_unit
    blank = np.zeros((1, *typical.mean.shape), np.float32)
    target = resolve_class(network.probs(blank)[0], target)

    def of_class(seen: Trace) -> tuple[Tensor, NDArray[np.float32]]:
        scores = seen.scores
        single = scores.shape[1] == 1
        missing = -(binary_probabilities(scores.data) if single else softmax(scores.data))
        missing[:, target] += 1
        counts = missing[:, 1:] if single else missing
        return scores, np.asarray(counts / len(counts), np.float32)

    return of_class


def _begun(recipe: VisualizationSettings, typical: PixelStats, rng: np.random.Generator) -> Map:
    if recipe.start == "noise":
        return np.asarray(rng.uniform(0, 0.15, typical.mean.shape), np.float32)
    # Another seed is another beginning too.
    rough = rng.uniform(0, 0.1, typical.mean.shape) if recipe.seed else 0.0
    share = 2 if typical.mean.ndim == 2 else 1  # thin ink; colours begin as they are
    return np.asarray(np.clip(typical.mean / share + rough, 0, 1), np.float32)


def _cost(picture: Map, typical: PixelStats) -> Map | float:
    """The slope of what ink costs; of colours, of what lies far from the usual ones."""
    return 1.0 if picture.ndim == 2 else np.asarray(np.sign(picture - typical.mean), np.float32)


def _smaller(recipe: VisualizationSettings, sees: PixelRect, side: int) -> VisualizationSettings:
    """For a kernel that sees few pixels: a finer pen, and copies that differ less."""
    share = min((sees[2] - sees[0]) / side, 1.0)
    less = {name: getattr(recipe, name) * share for name in ("shift", "turn", "scale")}
    return replace(recipe, blur=recipe.blur * min(1.5 * share, 1.0), **less)


def _each(change: Callable[[Map], Map], picture: Map) -> Map:
    """A change of maps (H, W), of every channel (C, H, W) by itself."""
    made = change(picture) if picture.ndim == 2 else np.stack([change(one) for one in picture])
    return np.asarray(made, np.float32)


def _penned(drawn: Map, blur: float) -> Map:
    return _each(lambda one: cv2.GaussianBlur(one, (0, 0), blur), drawn) if blur else drawn


def _ways(
    rng: np.random.Generator, recipe: VisualizationSettings, calm: float, shape: tuple[int, ...]
) -> list[NDArray[np.float64]]:
    """How each copy is moved, turned and scaled: matrices (2, 3)."""
    middle = ((shape[-1] - 1) / 2, (shape[-2] - 1) / 2)
    ways = []
    for _ in range(recipe.copies):
        turn, size = rng.uniform(-1, 1, 2) * calm * (recipe.turn, recipe.scale)
        way = np.asarray(cv2.getRotationMatrix2D(middle, turn, float(np.exp(size))))
        way[:, 2] += rng.uniform(-1, 1, 2) * calm * recipe.shift
        ways.append(way)
    return ways


def _warped(picture: Map, way: NDArray[np.float64], flags: int = cv2.INTER_LINEAR) -> Map:
    size = picture.shape[-1], picture.shape[-2]
    return _each(lambda one: cv2.warpAffine(one, way, size, flags=flags), picture)


def _back(slopes: NDArray[np.float32], ways: Sequence[NDArray[np.float64]]) -> Map:
    """Gradients by the copies as one by the picture: each is moved back to where it was."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = [_warped(slope, way, flags) for slope, way in zip(slopes, ways, strict=True)]
    return np.asarray(np.sum(moved, axis=0), np.float32)


def _edge_slopes(picture: Map) -> Map:
    """∂/∂pixel of the total variation Σ √(dx² + dy² + ε)."""
    below, beside = np.diff(picture, axis=-2, append=0), np.diff(picture, axis=-1, append=0)
    size = np.sqrt(below * below + beside * beside + np.float32(1e-3))
    down, right = below / size, beside / size
    slopes = np.asarray(-(down + right), np.float32)
    slopes[..., 1:, :] += down[..., :-1, :]
    slopes[..., :, 1:] += right[..., :, :-1]
    return slopes
