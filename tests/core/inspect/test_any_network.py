"""Every question about a network is answered right whatever its shape, or refused in a sentence."""

from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor
from core.errors import LabError
from core.inspect.ablation import UnitScale, apply_edits, evaluate_edits, outputs_with
from core.inspect.capture import capture
from core.inspect.features.feature_visualization import VisualizationObjective
from core.inspect.features.receptive_field import receptive_fields
from core.inspect.layer_outputs import layer_outputs, merge_layers
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.inspect.probes import run_probe
from core.inspect.units import at_units, unit_layers, unit_weights
from core.inspect.weights.quantization import QuantizationSettings, quantize
from core.inspect.zoom.forward_backward import NetworkPass
from core.inspect.zoom.numbers import pool_window
from core.nn import (
    GRU,
    Conv2d,
    ConvTranspose2d,
    Embedding,
    MultiheadAttention,
    Sequential,
)
from core.nn.arena import Arena, ArenaLayout
from core.training.trainer import Trainer
from tests.core.inspect.networks import CASES, KNOBS, Case

BY_KEY = {case.key: case for case in CASES}


@pytest.fixture(params=CASES, ids=lambda case: case.key)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def ask(run: Trainer, name: str, **arguments: Any) -> Any:
    return run_probe(name, ProbeContext(run), KNOBS, arguments)


def captured(run: Trainer, inputs: np.ndarray, **more: Any) -> Any:
    copy = ModelCopy(run.task, run.model)
    return capture(copy.model, copy.encode(inputs), **more)


def test_zoom_shows_the_values_and_gradients_of_every_link(case: Case) -> None:
    run = case.run()
    sample, label = run.data.test.inputs[1], int(run.data.test.labels[1])
    found = ask(run, "forward_backward", picture=sample, label=label)
    assert isinstance(found, NetworkPass)

    def loss(output: Tensor) -> Tensor:
        return run.task.loss(output, np.array([label]), KNOBS)

    known = captured(run, sample[None], gradients=True, target=loss)
    assert len(found.stages) > 4 and found.stages[-1].name == "loss"
    for stage in found.stages[:-1]:
        value, gradient = known[stage.path].value, known[stage.path].gradient
        np.testing.assert_allclose(stage.values.ravel(), value.ravel(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(stage.gradient.ravel(), gradient.ravel(), rtol=1e-4, atol=1e-6)
    run.model.eval()
    exact = loss(run.task.forward(run.model, sample[None]))
    exact.backward()
    assert found.loss == pytest.approx(exact.item(), abs=1e-5)
    grads = run.arena.layout.views(run.arena.grad)
    for stage in found.stages:
        if stage.d_weight is not None:
            wanted = grads[f"{stage.path.partition('#')[0]}.weight"]
            np.testing.assert_allclose(stage.d_weight, wanted, rtol=1e-3, atol=1e-6)


def test_zoom_knows_where_branches_come_together() -> None:
    run = BY_KEY["skip"].run()
    found = ask(run, "forward_backward", picture=run.data.test.inputs[0], label=None)
    paths = [stage.path for stage in found.stages]
    add = paths.index("add")
    assert [paths[source] for source in found.stages[add].sources] == ["block", "relu"]
    np.testing.assert_array_equal(found.inputs(add), found.stages[paths.index("block")].values)
    pool = found.stages[paths.index("max_pool2d")]
    assert (pool.op, pool.size, pool.stride) == ("max_pool2d", (2, 2), (2, 2))
    seen, top, left = pool_window(pool, found.inputs(paths.index("max_pool2d")), 1, 2, 3)
    assert (top, left) == (4, 6) and seen.max() == pool.values[1, 2, 3]
    two = BY_KEY["two inputs"].run()
    row = ask(two, "forward_backward", picture=two.data.test.inputs[0], label=None)
    begins = [stage.path for stage in row.stages if stage.sources == (-1,)]
    assert begins == ["getitem", "getitem#2"]


def test_feature_maps_follow_every_link_up_to_the_scores(case: Case) -> None:
    run = case.run()
    copy = ModelCopy(run.task, run.model)
    x = copy.encode(run.data.test.inputs[:1])
    scores, layers = layer_outputs(copy.model, x)
    known = capture(copy.model, x)
    for layer in layers:
        values = known[layer.path].value
        np.testing.assert_array_equal(layer.values.ravel(), values.ravel().astype(np.float32))
    np.testing.assert_array_equal(layers[-1].values, scores.data[0])
    merged = [one for one in merge_layers(layers) if not one.inside]
    assert len(merged) >= 2 and all(one.has_weights for one in merged)
    units = {layer.path for layer in copy.layers}
    assert {one.path.partition("#")[0] for one in merged} <= units
    inner = {one.path.rpartition(".")[2] for one in layers if one.inside}
    gates = {"weights"} if case.key == "attention" else set()
    assert inner == gates or (case.key == "recurrent" and {"r_l0", "i_l0", "c_l0"} < inner)


@pytest.mark.parametrize("key", ["skip", "two inputs", "colour"])
def test_saliency_is_the_slope_of_the_score(key: str) -> None:
    run = BY_KEY[key].run()
    copy = ModelCopy(run.task, run.model, dtype=np.float64)
    sample = run.data.test.inputs[3]
    found = ask(run, "saliency", picture=sample, target=2)
    assert found.gradient.shape == found.smooth.shape == sample.shape
    scale = np.float64(255 if sample.dtype == np.uint8 else 1)
    here = sample / scale
    way = found.gradient / np.linalg.norm(found.gradient)

    def score(given: np.ndarray) -> float:
        x = copy.task.encode(given * scale) if sample.dtype == np.uint8 else given[None]
        return float(copy.trace_encoded(x).scores.data[0, 2])

    ends = [score(here[None] + e * way if scale > 1 else here + e * way) for e in (1e-4, -1e-4)]
    slope = (ends[0] - ends[1]) / 2e-4
    assert slope == pytest.approx(float(np.linalg.norm(found.gradient)), rel=2e-2)
    np.testing.assert_allclose(found.product, found.gradient * here, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("key", ["attention", "recurrent"])
def test_saliency_of_tokens_is_the_gradient_at_their_embedding(key: str) -> None:
    run = BY_KEY[key].run()
    tokens = run.data.test.inputs[3]
    found = ask(run, "saliency", picture=tokens, target=1)
    known = captured(run, tokens[None], gradients=True, target=lambda out: out[:, 1].sum())
    gradient, value = known["embedding"].gradient[0], known["embedding"].value[0]
    np.testing.assert_allclose(found.gradient, np.linalg.norm(gradient, axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.product, (gradient * value).sum(axis=1), rtol=1e-3, atol=1e-6)
    assert found.smooth.shape == tokens.shape and found.smooth.any()
    assert not np.allclose(found.smooth, found.gradient, rtol=1e-3)


def test_covering_is_what_the_probability_loses(case: Case) -> None:
    run = case.run()
    sample = run.data.test.inputs[2].copy()
    found = ask(run, "occlusion", picture=sample, target=0, patch=1)
    shape = sample.shape[-2:] if case.kind == "image" else sample.shape
    assert found.loss.shape == found.guesses.shape == shape
    place = tuple(int(i) for i in np.unravel_index(np.abs(found.loss).argmax(), shape))
    cover = (sample.sum() - sample[place]) / (len(sample) - 1) if case.kind == "row" else 0
    covered = sample.copy()
    covered[(..., *place)] = cover
    probs = ProbeContext(run).network().probs(np.stack([sample, covered]))
    assert found.loss[place] == pytest.approx(probs[0, 0] - probs[1, 0], abs=1e-5)


@pytest.mark.parametrize("key", ["skip", "colour"])
def test_class_activation_is_the_weighted_sum_of_maps(key: str) -> None:
    run = BY_KEY[key].run()
    picture = run.data.test.inputs[0]
    path = BY_KEY[key].path
    found = ask(run, "grad_cam", picture=picture, target=1, path=path)
    known = captured(run, picture[None], gradients=True, target=_score_of(run, 1))
    maps, slopes = known[path].value[0], known[path].gradient[0]
    wanted = np.tensordot(slopes.mean(axis=(1, 2)), np.maximum(maps, 0), 1)
    np.testing.assert_allclose(found.coarse, np.maximum(wanted, 0), rtol=1e-3, atol=1e-6)
    assert found.smooth.shape == picture.shape[-2:]


def _score_of(run: Trainer, target: int) -> Any:
    """The log-probability is not the score: back to what came before it, up to a constant."""

    def score(output: Tensor) -> Tensor:
        node = output.node
        assert node is not None
        scores = node.parents[0] if node.op == "log_softmax" else output
        assert scores is not None
        return scores[:, target].sum()

    return score


def test_top_activations_are_the_samples_with_the_largest_captured_values(case: Case) -> None:
    run = case.run()
    layer = ProbeContext(run).network().layer(case.path)
    values = captured(run, run.data.train.inputs)[case.path].value
    values = np.moveaxis(values, 1, 0) if case.path == "gru" else values
    answers = at_units(values, layer.axis)[:, 1].reshape(len(values), -1).max(axis=1)
    found = ask(run, "top_activations", path=case.path, unit=1, count=4)
    assert [one.sample for one in found.best] == np.argsort(-answers)[:4].tolist()
    np.testing.assert_allclose(
        [one.answer for one in found.best], np.sort(answers)[::-1][:4], rtol=1e-4
    )
    assert found.done == len(run.data.train)
    assert all((one.where is None) == (case.kind != "image") for one in found.best)


def test_a_unit_that_is_ablated_is_one_that_is_zeroed_by_hand(case: Case) -> None:
    """Activations behind these units leave zeros as they are."""
    run = case.run()
    copy = ProbeContext(run).network()
    layer, module = copy.layer(case.path), dict(copy.model.named_modules())[case.path]
    inputs = run.data.test.inputs

    def off(module: Any, args: Any, output: Any) -> Any:
        first = output[0] if isinstance(output, tuple) else output
        kept = np.ones(layer.units, np.float32)
        kept[2] = 0
        silent = first * kept.reshape(-1, 1, 1) if layer.kernels else first * kept
        return (silent, *output[1:]) if isinstance(output, tuple) else silent

    with module.register_forward_hook(off):
        wanted = copy.outputs(inputs)
    found = outputs_with(copy, inputs, [UnitScale(case.path, 2)])
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, copy.outputs(inputs), atol=1e-4), "it counts for something"
    effect = evaluate_edits(ProbeContext(run), KNOBS, [UnitScale(case.path, 2)])
    labels = run.data.test.labels
    assert effect.after == pytest.approx(np.mean(wanted.argmax(axis=1) == labels))
    assert effect.metric.key == "accuracy" and effect.samples == len(labels)


def test_an_ablation_is_written_into_weights_where_weights_can_do_it() -> None:
    for key, path in (("skip", "head"), ("recurrent", "gru"), ("colour", "3")):
        run = BY_KEY[key].run()
        context, edit = ProbeContext(run), UnitScale(path, 1, 0.5)
        copy = context.network()
        wanted = outputs_with(copy, run.data.test.inputs, [edit])
        theta = apply_edits(context, [edit])
        found = context.network(theta).outputs(run.data.test.inputs)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    with pytest.raises(LabError, match="add takes it in"):
        apply_edits(ProbeContext(BY_KEY["skip"].run()), [UnitScale("block", 1)])


def test_health_counts_activations_that_are_called_as_functions() -> None:
    run = BY_KEY["skip"].run()
    found = ask(run, "dead_units")
    assert [(one.layer, one.kind) for one in found] == [
        ("first", "ReLU"), ("block", "ReLU"), ("block#2", "ReLU"),
    ]  # fmt: skip
    known = captured(run, run.data.test.inputs)
    for one, name in zip(found, ("first", "add", "add#2"), strict=True):
        below = (known[name].value <= 0).mean(axis=(0, 2, 3))
        np.testing.assert_allclose(one.flat, below, atol=1e-6)
    (gelu,) = ask(BY_KEY["attention"].run(), "dead_units")
    assert (gelu.layer, gelu.kind, len(gelu.flat)) == ("block.linear1", "GELU", 32)


def test_health_compares_losses_of_any_network(case: Case) -> None:
    run = case.run()
    found = ask(run, "network_health")
    run.model.eval()
    exact = run.task.loss(
        run.task.forward(run.model, run.data.train.inputs), run.data.train.targets, KNOBS
    )
    assert found.losses.plain == pytest.approx(exact.item(), rel=1e-5)
    assert 0 <= found.losses.accuracy <= 1


def test_quantised_weights_are_measured_as_the_quantised_network_is(case: Case) -> None:
    run = case.run()
    how = QuantizationSettings(bits=2)
    found = ask(run, "quantization", how=how)
    made = quantize(run.arena.layout, run.arena.theta, how)
    outputs = ProbeContext(run).network(made.theta).outputs(run.data.test.inputs)
    assert found.total == np.count_nonzero(outputs.argmax(axis=1) == run.data.test.labels)
    assert found.count == len(run.data.test) and found.size < found.full
    squeezed = {name for group in made.groups for name in group.names}
    assert squeezed == {n for n, p in run.model.named_parameters() if p.ndim > 1}


def test_dreams_are_pictures_in_the_shape_of_the_set(case: Case) -> None:
    run = case.run()
    if case.kind != "image":
        with pytest.raises(LabError, match="Only pictures"):
            ask(run, "feature_visualization", number=1, objective=VisualizationObjective(target=1))
        return
    for number, objective in enumerate(
        (VisualizationObjective(target=1), VisualizationObjective(path=case.path, unit=1)), 1
    ):
        context = ProbeContext(run)
        asked = {"number": number, "objective": objective}
        first = run_probe("feature_visualization", context, KNOBS, {**asked, "seconds": 0})
        last = run_probe("feature_visualization", context, KNOBS, {**asked, "seconds": 60})
        assert last.over and last.picture.shape == run.data.train.inputs.shape[1:]
        assert last.picture.min() >= 0 and last.picture.max() <= 1
        assert last.answer > first.answer


def test_the_nearest_neighbour_of_a_training_sample_is_itself(case: Case) -> None:
    run = case.run()
    found = ask(run, "nearest_neighbors", picture=run.data.train.inputs[5], metric="euclidean")
    assert found.numbers[0] == 5 and found.distances[0] == pytest.approx(0, abs=1e-2)
    assert not found.pixels
    plane = ask(run, "projection")
    assert plane.places.shape == (len(run.data.test), 2) and np.isfinite(plane.places).all()


def test_gradients_of_all_parameters_agree_with_central_differences(case: Case) -> None:
    run = case.run()
    for name, _ in run.model.named_parameters():
        found = ask(run, "gradient_check", parameter=name)
        assert found.agrees, found


@pytest.mark.parametrize(
    ("key", "parameter", "index"),
    [
        ("skip", "block.weight", (1, 2, 0, 1)), ("skip", "block.bias", (3,)),
        ("attention", "block.linear1.weight", (4, 2)), ("two inputs", "right.weight", (1, 1)),
        ("recurrent", "head.weight", (0, 3)), ("colour", "0.weight", (1, 2, 0, 2)),
    ],
)  # fmt: skip
def test_the_terms_of_a_weight_add_up_also_where_it_is_used_twice(
    key: str, parameter: str, index: tuple[int, ...]
) -> None:
    run = BY_KEY[key].run()
    data = run.data.test
    terms = ask(run, "chain_rule", images=data.inputs[:3], labels=data.labels[:3],
                parameter=parameter, index=index)  # fmt: skip
    scale = float(np.abs(terms.products).sum())
    assert terms.gradient != 0
    assert abs(terms.total - terms.gradient) <= 1e-5 * scale
    run.model.eval()
    run.task.loss(run.task.forward(run.model, data.inputs[:3]), data.labels[:3], KNOBS).backward()
    exact = run.arena.layout.views(run.arena.grad)[parameter][index]
    assert terms.gradient == pytest.approx(exact, rel=1e-3, abs=1e-7)


def test_units_of_every_kind_of_layer_are_found_with_their_own_weights() -> None:
    rng = np.random.default_rng(0)
    model = Sequential(
        Conv2d(3, 4, 3, rng=rng), ConvTranspose2d(4, 5, 2, rng=rng), Embedding(7, 6, rng=rng),
        GRU(3, 2, num_layers=2, rng=rng), MultiheadAttention(8, 2, rng=rng),
    )  # fmt: skip
    arena = Arena.adopt(model)
    layers = unit_layers(arena.layout)
    assert [(one.units, one.kernels, one.last) for one in layers] == [
        (4, True, False), (5, True, False), (6, False, False), (2, False, False), (8, False, True),
    ]  # fmt: skip
    views = arena.layout.views(arena.theta)
    shapes = [unit_weights(views, layer, 1).shape for layer in layers]
    assert shapes == [(3, 3, 3), (4, 2, 2), (7,), (3, 2), (8,)]
    unit_weights(views, layers[3], 1)[:] = 9
    assert (views["3.weight_ih_l1"][1::2] == 9).all() and not (
        views["3.weight_ih_l1"][::2] == 9
    ).any()
    wide = Arena.adopt(MultiheadAttention(8, 2, kdim=3, vdim=3, rng=rng)).layout
    assert [(one.path, one.units, one.weight) for one in unit_layers(wide)] == [
        ("", 8, "out_proj.weight")
    ]
    told = ArenaLayout.of({spec.name: spec.shape for spec in arena.layout.specs})
    assert told == arena.layout, "what a record tells is the same layout"


def test_a_receptive_field_behind_a_skip_connection_is_that_of_the_longer_way() -> None:
    run = BY_KEY["skip"].run()
    copy = ProbeContext(run).network()
    seen = copy.trace(run.data.test.inputs[:1])
    fields = receptive_fields(seen)
    assert fields[id(seen["add"].output)].sees(4, 4) == (2, 2, 7, 7)
    assert fields[id(seen["add#2"].output)].sees(4, 4) == (1, 1, 8, 8)
    assert fields[id(seen["max_pool2d"].output)].sees(0, 0) == (-3, -3, 5, 5)
    assert id(seen["head"].output) not in fields
    assert copy.field("add", run.data.test.inputs) == fields[id(seen["add"].output)]
    assert copy.field("head", run.data.test.inputs) is None


def test_what_has_no_meaning_is_refused_in_a_sentence() -> None:
    tokens, row = BY_KEY["attention"].run(), BY_KEY["two inputs"].run()
    for run, name, more, words in (
        (tokens, "grad_cam", {"picture": tokens.data.test.inputs[0]}, "convolution"),
        (tokens, "robust_accuracy", {"kind": "shift", "amount": 1.0, "hold": True}, "pictures"),
        (row, "top_activations", {"path": "middle", "unit": 0}, "no layer"),
        (row, "saliency", {"picture": row.data.test.inputs[0], "target": 7}, "classes"),
    ):
        with pytest.raises(LabError, match=words):
            ask(run, name, **more)
