"""Questions a run answers between two mini-batches. One function a question; `@probe` lists it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.inspect.ablation import Edit, Effect, tried
from core.inspect.attribution.grad_cam import ClassActivation, class_activation
from core.inspect.attribution.occlusion import Occlusion, occlude
from core.inspect.attribution.saliency import Saliency, look
from core.inspect.attribution.unit_attribution import Blame
from core.inspect.attribution.unit_attribution import blame as blamed
from core.inspect.capture import lens_of
from core.inspect.data.class_gallery import Verdicts, read_some
from core.inspect.data.dataset_report import DataFacts
from core.inspect.data.dataset_report import data_facts as facts_of_data
from core.inspect.features.feature_visualization import Dream, Recipe, Target, dream_on
from core.inspect.features.mean_activation import usage
from core.inspect.features.nearest_neighbors import Metric, Neighbours, neighbours_of
from core.inspect.features.projection import SampleMap, map_samples
from core.inspect.features.top_activations import Favourites, favourites
from core.inspect.graph.tape_graph import Tape, taped
from core.inspect.health.dead_units import Vitality, vitality
from core.inspect.health.dropout_masks import Dropped, dropped
from core.inspect.health.network_health import Condition, condition_of
from core.inspect.robustness import withstood
from core.inspect.weights.quantization import Squeeze
from core.inspect.weights.quantization_eval import SqueezeEffect, effect
from core.inspect.zoom.chain_rule import Checked, Terms
from core.inspect.zoom.chain_rule import chain_rule as written_out
from core.inspect.zoom.chain_rule import checked as compared
from core.inspect.zoom.network_copy import Zoomed
from core.inspect.zoom.network_copy import zoomed as followed_through
from core.ocr.confidence import Care
from core.training.knobs import Knobs
from core.training.trainer import Trainer

Probe = Callable[..., Any]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    """Make `function(run, knobs, **arguments)` answerable under its own name."""
    PROBES[function.__name__] = function
    return function


def answer(name: str, run: Trainer, knobs: Knobs, arguments: Mapping[str, Any]) -> Any:
    """What probe `name` finds. Raises LabError for a name nobody answers to."""
    if name not in PROBES:
        raise LabError(f"There is no answer to “{name}”. Known questions: {', '.join(PROBES)}.")
    return PROBES[name](run, knobs, **arguments)


@probe
def probabilities(
    run: Trainer, knobs: Knobs, images: NDArray[np.uint8], shifts: int = 0
) -> NDArray[np.float32]:
    """Class probabilities (N, C) for pictures (N, 28, 28).

    What is read with little confidence gets second looks, moved by up to so many pixels.
    """
    return Care(shifts).chances(images, lambda some: run.task.predict_proba(run.model, some))


@probe
def tape(run: Trainer, knobs: Knobs, opened: Collection[str] = ()) -> Tape:
    """The computation of one mini-batch, forward and backward, with what is `opened` open."""
    return taped(run, knobs, opened)


@probe
def verdicts(run: Trainer, knobs: Knobs, train: bool, numbers: NDArray[np.intp]) -> Verdicts:
    """What the network takes some pictures of the training set, or of the test set, for."""
    return read_some(run, train, numbers)


@probe
def withstanding(run: Trainer, knobs: Knobs, kind: str, amount: float, hold: bool) -> float:
    """The fraction of test pictures read rightly once they are shifted or noisy so far."""
    return withstood(run, kind, amount, hold)


@probe
def activity(run: Trainer, knobs: Knobs) -> tuple[Vitality, ...]:
    """Of every activation, which units are dead and how many answers have no slope."""
    return vitality(run)


@probe
def condition(run: Trainer, knobs: Knobs, start: NDArray[np.float32] | None = None) -> Condition:
    """Dead units by now and with the weights of the `start`, and losses beside each other."""
    return condition_of(run, knobs, start)


@probe
def data_facts(run: Trainer, knobs: Knobs) -> DataFacts:
    """Scale of the inputs, order of the samples, and whether labels agree with pictures."""
    return facts_of_data(run, knobs)


@probe
def saliency(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], klass: int | None = None
) -> Saliency:
    """Which pixels of a picture (28, 28) speak for a class, or for the guess."""
    return look(lens_of(run), picture, klass)


@probe
def occlusion(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], klass: int | None, patch: int
) -> Occlusion:
    """What a class, or the guess, loses where a picture is covered."""
    return occlude(lens_of(run), picture, klass, patch)


@probe
def activation_map(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], klass: int | None, path: str | None
) -> ClassActivation:
    """Where a convolution finds a class, or the guess."""
    return class_activation(lens_of(run), picture, klass, path)


@probe
def blame(
    run: Trainer,
    knobs: Knobs,
    picture: NDArray[np.uint8],
    klass: int | None = None,
    rival: int | None = None,
    path: str | None = None,
) -> Blame:
    """Which units of a layer made a class, or the guess, win over a rival."""
    return blamed(lens_of(run), picture, klass, rival, path)


@probe
def used(run: Trainer, knobs: Knobs) -> Mapping[str, NDArray[np.float32]]:
    """How much each unit of each layer has to say of the test pictures, in the mean."""
    return usage(lens_of(run), run.data.test.images)


@probe
def liked(
    run: Trainer, knobs: Knobs, path: str, unit: int, count: int, seconds: float, renew: bool
) -> Favourites:
    """What a unit likes best, found in pieces; ask again until all is seen."""
    return favourites(run, path, unit, count, seconds, renew)


@probe
def dream(
    run: Trainer, knobs: Knobs, number: int, target: Target, recipe: Recipe, seconds: float
) -> Dream:
    """A piece of dream `number`; ask again until it is over."""
    return dream_on(run, number, target, recipe, seconds)


@probe
def ablation(run: Trainer, knobs: Knobs, edits: Sequence[Edit]) -> Effect:
    """How well the network would read with edited weights."""
    return tried(run, edits)


@probe
def quantised(
    run: Trainer,
    knobs: Knobs,
    how: Squeeze,
    first: int | None = None,
    images: NDArray[np.uint8] | None = None,
    tensor: str | None = None,
) -> SqueezeEffect:
    """How well the network would read 500 test pictures, and others, with weights in few bits."""
    return effect(run, how, first, images, tensor)


@probe
def zoomed(run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], label: int | None) -> Zoomed:
    """Every number of one picture's way through the network and back."""
    return followed_through(run, knobs, picture, label)


@probe
def chain_rule(
    run: Trainer,
    knobs: Knobs,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    parameter: str,
    index: Sequence[int],
) -> Terms:
    """The products whose sum is the gradient of one weight."""
    return written_out(run, knobs, images, labels, parameter, index)


@probe
def checked(
    run: Trainer,
    knobs: Knobs,
    parameter: str,
    index: Sequence[int] | None = None,
    images: NDArray[np.uint8] | None = None,
    labels: NDArray[np.integer] | None = None,
) -> Checked:
    """One number of any parameter, or the one with the largest gradient: beside a quotient."""
    return compared(run, knobs, parameter, index, images, labels)


@probe
def neighbours(
    run: Trainer,
    knobs: Knobs,
    picture: NDArray[np.uint8],
    count: int,
    metric: Metric,
    seconds: float,
    renew: bool,
) -> Neighbours:
    """Which training pictures are most like one, found in pieces; ask again until all are seen."""
    return neighbours_of(run, picture, count, metric, seconds, renew)


@probe
def sample_map(run: Trainer, knobs: Knobs, stage: str | None, deep: bool) -> SampleMap:
    """Where the test set's samples lie for a layer, and what the network takes them for."""
    return map_samples(run, stage, deep)


@probe
def dropouts(run: Trainer, knobs: Knobs) -> tuple[Dropped, ...]:
    """What dropout left out of the last mini-batch."""
    return dropped(run)
