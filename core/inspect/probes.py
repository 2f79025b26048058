"""Questions that a run answers between two mini-batches, by name."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.formatting import tr_format
from core.inspect.ablation import apply_edits, evaluate_edits
from core.inspect.attribution.grad_cam import grad_cam
from core.inspect.attribution.occlusion import occlude
from core.inspect.attribution.saliency import saliency_maps
from core.inspect.attribution.unit_attribution import attribute_units
from core.inspect.data.class_gallery import predict_samples
from core.inspect.data.dataset_report import dataset_report
from core.inspect.features.feature_visualization import continue_visualization
from core.inspect.features.nearest_neighbors import nearest_neighbors
from core.inspect.features.projection import project_samples
from core.inspect.features.top_activations import top_activations
from core.inspect.graph.tape_graph import tape_graph
from core.inspect.health.dead_units import dead_units
from core.inspect.health.dropout_and_norm import dropout_masks
from core.inspect.health.network_health import network_health
from core.inspect.model_copy import ProbeContext
from core.inspect.robustness import robust_accuracy
from core.inspect.weights.quantization_eval import evaluate_quantized
from core.inspect.zoom.chain_rule import chain_rule_terms, check_gradient
from core.inspect.zoom.forward_backward import forward_backward
from core.knobs import Knobs
from core.ocr.shift_augmentation import average_over_shifts
from core.training.trainer import Trainer

Function = Callable[..., Any]
Probe = Callable[[ProbeContext, Knobs, Mapping[str, Any]], Any]


def run_probe(name: str, context: ProbeContext, knobs: Knobs, arguments: Mapping[str, Any]) -> Any:
    """What probe `name` finds. Raises LabError for an unknown name."""
    if name not in PROBES:
        words = "There is no answer to “{name}”. Known questions: {probes}."
        raise LabError(tr_format(words, name=name, probes=", ".join(PROBES)))
    return PROBES[name](context, knobs, arguments)


def _probabilities(run: Trainer, images: NDArray[np.uint8], shifts: int = 0) -> NDArray[np.float32]:
    """Class probabilities (N, C) for samples (N, …), of pictures with test-time augmentation."""
    return average_over_shifts(images, lambda some: run.task.predict_proba(run.model, some), shifts)


def _of_run(function: Function) -> Probe:
    return lambda context, knobs, arguments: function(context.run, **arguments)


def _of_run_and_knobs(function: Function) -> Probe:
    return lambda context, knobs, arguments: function(context.run, knobs, **arguments)


def _of_context(function: Function) -> Probe:
    return lambda context, knobs, arguments: function(context, **arguments)


def _of_context_and_knobs(function: Function) -> Probe:
    return lambda context, knobs, arguments: function(context, knobs, **arguments)


def _of_network(function: Function) -> Probe:
    return lambda context, knobs, arguments: function(context.network(), **arguments)


PROBES: Mapping[str, Probe] = {
    "probabilities": _of_run(_probabilities),
    "predictions": _of_run(predict_samples),
    "saliency": _of_network(saliency_maps),
    "occlusion": _of_network(occlude),
    "grad_cam": _of_network(grad_cam),
    "unit_attribution": _of_network(attribute_units),
    "mean_activations": lambda context, knobs, arguments: context.network().mean_activations(
        context.run.data.test.inputs
    ),
    "top_activations": _of_context(top_activations),
    "feature_visualization": _of_context(continue_visualization),
    "nearest_neighbors": _of_context(nearest_neighbors),
    "projection": _of_context(project_samples),
    "ablation": _of_context_and_knobs(evaluate_edits),
    "edited_weights": _of_context(apply_edits),
    "quantization": _of_context_and_knobs(evaluate_quantized),
    "robust_accuracy": _of_context(robust_accuracy),
    "dead_units": _of_run(dead_units),
    "dropout_masks": _of_run(dropout_masks),
    "network_health": _of_run_and_knobs(network_health),
    "dataset_report": _of_run_and_knobs(dataset_report),
    "tape_graph": _of_run_and_knobs(tape_graph),
    "forward_backward": _of_run_and_knobs(forward_backward),
    "chain_rule": _of_run_and_knobs(chain_rule_terms),
    "gradient_check": _of_run_and_knobs(check_gradient),
}
