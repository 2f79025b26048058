"""Questions a run answers between two mini-batches. One function a question; `@probe` lists it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.inspect.ablation import AblationResult, Edit, evaluate_edits
from core.inspect.attribution.grad_cam import GradCam, grad_cam
from core.inspect.attribution.occlusion import Occlusion, occlude
from core.inspect.attribution.saliency import Saliency, saliency_maps
from core.inspect.attribution.unit_attribution import UnitAttribution
from core.inspect.attribution.unit_attribution import attribute_units as blamed
from core.inspect.capture import feature_extractor
from core.inspect.data.class_gallery import Predictions, predict_samples
from core.inspect.data.dataset_report import DatasetReport
from core.inspect.data.dataset_report import dataset_report as facts_of_data
from core.inspect.features.feature_visualization import (
    FeatureVisualization,
    VisualizationObjective,
    VisualizationSettings,
    continue_visualization,
)
from core.inspect.features.nearest_neighbors import Metric, NearestNeighbors, nearest_neighbors
from core.inspect.features.projection import Projection, project_samples
from core.inspect.features.top_activations import TopActivations, top_activations
from core.inspect.graph.tape_graph import TapeGraph, tape_graph
from core.inspect.health.dead_units import DeadUnits, dead_units
from core.inspect.health.dropout_and_norm import DropoutMask, dropout_masks
from core.inspect.health.network_health import NetworkHealth, network_health
from core.inspect.robustness import robust_accuracy
from core.inspect.weights.quantization import QuantizationSettings
from core.inspect.weights.quantization_eval import QuantizationResult, evaluate_quantized
from core.inspect.zoom.chain_rule import ChainRuleTerms, WeightGradientCheck
from core.inspect.zoom.chain_rule import chain_rule_terms as written_out
from core.inspect.zoom.chain_rule import check_gradient as compared
from core.inspect.zoom.forward_backward import NetworkPass
from core.inspect.zoom.forward_backward import forward_backward as followed_through
from core.ocr.confidence import ConfidenceSettings
from core.training.knobs import Knobs
from core.training.trainer import Trainer

Probe = Callable[..., Any]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    """Make `function(run, knobs, **arguments)` answerable under its own name."""
    PROBES[function.__name__] = function
    return function


def run_probe(name: str, run: Trainer, knobs: Knobs, arguments: Mapping[str, Any]) -> Any:
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
    return ConfidenceSettings(shifts).probs(
        images, lambda some: run.task.predict_proba(run.model, some)
    )


@probe
def tape(run: Trainer, knobs: Knobs, opened: Collection[str] = ()) -> TapeGraph:
    """The computation of one mini-batch, forward and backward, with what is `opened` open."""
    return tape_graph(run, knobs, opened)


@probe
def verdicts(run: Trainer, knobs: Knobs, train: bool, numbers: NDArray[np.intp]) -> Predictions:
    """What the network takes some pictures of the training set, or of the test set, for."""
    return predict_samples(run, train, numbers)


@probe
def withstanding(run: Trainer, knobs: Knobs, kind: str, amount: float, hold: bool) -> float:
    """The fraction of test pictures read rightly once they are shifted or noisy so far."""
    return robust_accuracy(run, kind, amount, hold)


@probe
def activity(run: Trainer, knobs: Knobs) -> tuple[DeadUnits, ...]:
    """Of every activation, which units are dead and how many answers have no slope."""
    return dead_units(run)


@probe
def condition(
    run: Trainer, knobs: Knobs, start: NDArray[np.float32] | None = None
) -> NetworkHealth:
    """Dead units by now and with the weights of the `start`, and losses beside each other."""
    return network_health(run, knobs, start)


@probe
def data_facts(run: Trainer, knobs: Knobs) -> DatasetReport:
    """Scale of the inputs, order of the samples, and whether labels agree with pictures."""
    return facts_of_data(run, knobs)


@probe
def saliency(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], target: int | None = None
) -> Saliency:
    """Which pixels of a picture (28, 28) speak for a class, or for the guess."""
    return saliency_maps(feature_extractor(run), picture, target)


@probe
def occlusion(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], target: int | None, patch: int
) -> Occlusion:
    """What a class, or the guess, loses where a picture is covered."""
    return occlude(feature_extractor(run), picture, target, patch)


@probe
def activation_map(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], target: int | None, path: str | None
) -> GradCam:
    """Where a convolution finds a class, or the guess."""
    return grad_cam(feature_extractor(run), picture, target, path)


@probe
def blame(
    run: Trainer,
    knobs: Knobs,
    picture: NDArray[np.uint8],
    target: int | None = None,
    runner_up: int | None = None,
    path: str | None = None,
) -> UnitAttribution:
    """Which units of a layer made a class, or the guess, win over a runner_up."""
    return blamed(feature_extractor(run), picture, target, runner_up, path)


@probe
def used(run: Trainer, knobs: Knobs) -> Mapping[str, NDArray[np.float32]]:
    """How much each unit of each layer has to say of the test pictures, in the mean."""
    return feature_extractor(run).mean_activations(run.data.test.images)


@probe
def liked(
    run: Trainer, knobs: Knobs, path: str, unit: int, count: int, seconds: float, renew: bool
) -> TopActivations:
    """What a unit likes best, found in pieces; ask again until all is seen."""
    return top_activations(run, path, unit, count, seconds, renew)


@probe
def dream(
    run: Trainer,
    knobs: Knobs,
    number: int,
    objective: VisualizationObjective,
    recipe: VisualizationSettings,
    seconds: float,
) -> FeatureVisualization:
    """A piece of dream `number`; ask again until it is over."""
    return continue_visualization(run, number, objective, recipe, seconds)


@probe
def ablation(run: Trainer, knobs: Knobs, edits: Sequence[Edit]) -> AblationResult:
    """How well the network would read with edited weights."""
    return evaluate_edits(run, edits)


@probe
def quantised(
    run: Trainer,
    knobs: Knobs,
    how: QuantizationSettings,
    first: int | None = None,
    images: NDArray[np.uint8] | None = None,
    tensor: str | None = None,
) -> QuantizationResult:
    """How well the network would read 500 test pictures, and others, with weights in few bits."""
    return evaluate_quantized(run, how, first, images, tensor)


@probe
def zoomed(
    run: Trainer, knobs: Knobs, picture: NDArray[np.uint8], label: int | None
) -> NetworkPass:
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
) -> ChainRuleTerms:
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
) -> WeightGradientCheck:
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
) -> NearestNeighbors:
    """Which training pictures are most like one, found in pieces; ask again until all are seen."""
    return nearest_neighbors(run, picture, count, metric, seconds, renew)


@probe
def sample_map(run: Trainer, knobs: Knobs, stage: str | None, deep: bool) -> Projection:
    """Where the test set's samples lie for a layer, and what the network takes them for."""
    return project_samples(run, stage, deep)


@probe
def dropouts(run: Trainer, knobs: Knobs) -> tuple[DropoutMask, ...]:
    """What dropout left out of the last mini-batch."""
    return dropout_masks(run)
