"""What looking inside costs: seconds for each question, with the shipped letter network.

python -m tests.benchmarks.inspect [--rounds N]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from core.chapters.registry import chapter
from core.chapters.shared.predictor import trained_weights
from core.inspect.ablation import UnitScale, evaluate_edits
from core.inspect.attribution.grad_cam import grad_cam
from core.inspect.attribution.occlusion import occlude
from core.inspect.attribution.saliency import saliency_maps
from core.inspect.attribution.unit_attribution import attribute_units
from core.inspect.features.feature_visualization import (
    VisualizationObjective,
    pixel_stats,
    visualize,
)
from core.inspect.features.top_activations import top_activations
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.runtime.compute import ComputeSettings
from core.training.trainer import Trainer


def median_ms(ask: Callable[[], object], rounds: int) -> float:
    """Milliseconds of the middle round; one more goes before them and is not counted."""
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    ComputeSettings("fast", 1).apply()
    letters = chapter("letters")
    knobs = letters.defaults()
    run = Trainer(letters.task, knobs)
    context = ProbeContext(run)
    run.begin_at(trained_weights(letters, knobs))
    picture = run.data.test.images[200]

    def fresh() -> None:
        run.arena.theta[0] += np.float32(1e-6)
        top_activations(context, "6", 3)

    maps = median_ms(lambda: saliency_maps(context.network(), picture), rounds)
    print(f"saliency, three maps   {maps:8.1f} ms")
    covers = median_ms(lambda: occlude(context.network(), picture), rounds)
    print(f"covering, 5 px         {covers:8.1f} ms")
    cam = median_ms(lambda: grad_cam(context.network(), picture), rounds)
    print(f"class activation       {cam:8.1f} ms")
    units = median_ms(lambda: attribute_units(context.network(), picture), rounds)
    print(f"units that decided     {units:8.1f} ms")
    used = median_ms(lambda: context.network().mean_activations(run.data.test.images), rounds)
    print(f"use of all units       {used:8.1f} ms")
    print(f"top 9, 10,000, fresh   {median_ms(fresh, min(rounds, 3)):8.1f} ms")
    cached = median_ms(lambda: top_activations(context, "6", 5), rounds)
    print(f"top 9, 10,000, cached  {cached:8.1f} ms")
    worth = median_ms(lambda: evaluate_edits(context, knobs, [UnitScale("6", 3)]), min(rounds, 3))
    print(f"unit off, 1,000 tests  {worth:8.1f} ms")
    extractor, typical = ModelCopy(run.task, run.model), pixel_stats(run.data.train)
    times, sure = [], []
    for target in range(26):
        began = time.perf_counter()
        *_, last = visualize(extractor, VisualizationObjective(target=target), typical)
        times.append(time.perf_counter() - began)
        sure.append(float(last.probs[target]))
    print(f"a dreamed letter       {1000 * statistics.median(times):8.1f} ms")
    print(f"  least sure of 26     {min(sure):8.3f}")


if __name__ == "__main__":
    main()
