"""Saliency, covering, class activation, favourites, dreams, ablation: they say what they claim."""

from dataclasses import replace

import numpy as np
import pytest

from core.autograd import Tensor, no_grad
from core.chapters.registry import chapter
from core.chapters.shared.predictor import trained_weights
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.ablation import UnitScale, UnitWeights, apply_edits, evaluate_edits, outputs_with
from core.inspect.attribution.grad_cam import grad_cam
from core.inspect.attribution.occlusion import occlude
from core.inspect.attribution.saliency import class_gradient, saliency_maps
from core.inspect.features.feature_visualization import (
    FeatureVisualization,
    VisualizationObjective,
    VisualizationSettings,
    continue_visualization,
    pixel_stats,
    visualize,
)
from core.inspect.features.receptive_field import receptive_fields
from core.inspect.features.top_activations import top_activations
from core.inspect.model_copy import ModelCopy, ProbeContext
from core.inspect.probes import PROBES
from core.nn import Sequential
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def run() -> Trainer:
    """The digit network as shipped, and 60 real digits: quick, and it can read."""
    digits = chapter("digit-kernels")
    knobs = digits.defaults()
    whole = digits.task.data(knobs)
    few = Split(
        *(
            Dataset.from_images("few", s.images[:60], s.labels[:60], s.classes)
            for s in (whole.train, whole.test)
        )
    )
    made = Trainer(replace(digits.task, data=lambda knobs: few), knobs)
    made.begin_at(trained_weights(digits, knobs))
    return made


def test_gradients_of_ink_are_those_of_finite_differences(run: Trainer) -> None:
    extractor = ProbeContext(run).network()
    ink = run.data.test.images[0] / np.float32(255)
    ink = np.clip(ink + RNG.uniform(0, 0.05, ink.shape), 0, 1).astype(np.float32)
    slopes = class_gradient(extractor, ink[None], 7)[0]
    way = slopes / np.linalg.norm(slopes)
    step = np.float32(1e-3)
    ends = [extractor.trace((ink + sign * step * way)[None]).scores.data[0, 7] for sign in (1, -1)]
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(np.linalg.norm(slopes), rel=0.02)


def test_saliency_is_for_the_guess_and_leaves_the_run_alone(run: Trainer) -> None:
    theta, grad = run.arena.theta.copy(), run.arena.grad.copy()
    picture = run.data.test.images[0]
    seen = saliency_maps(ProbeContext(run).network(), picture)
    assert seen.target == run.data.test.labels[0] == seen.probs.argmax()
    assert {m.shape for m in (seen.gradient, seen.product, seen.smooth)} == {(28, 28)}
    assert not seen.product[picture == 0].any(), "paper adds nothing"
    assert np.array_equal(
        seen.smooth, saliency_maps(ProbeContext(run).network(), picture).smooth
    ), "always the same noise"
    assert np.array_equal(theta, run.arena.theta) and np.array_equal(grad, run.arena.grad)
    assert run.model.training


def test_two_classes_with_one_score_are_each_others_opposite() -> None:
    learning = chapter("learning")
    knobs = learning.defaults()
    images = RNG.integers(0, 256, (4, 28, 28)).astype(np.uint8)
    data = Dataset.from_images("few", images, np.array([0, 1, 0, 1], np.uint8), ("3", "7"))
    small = Trainer(replace(learning.task, data=lambda knobs: Split(data, data)), knobs)
    first, second = (
        saliency_maps(ProbeContext(small).network(), images[0], target) for target in (0, 1)
    )
    assert np.allclose(first.gradient, -second.gradient)
    weight = next(iter(small.model.parameters())).data.reshape(28, 28)
    assert np.allclose(second.gradient, weight, atol=1e-6)


def test_covering_counts_only_where_ink_is_and_in_the_mean_of_patches(run: Trainer) -> None:
    picture = run.data.test.images[0]
    extractor = ProbeContext(run).network()
    one = occlude(extractor, picture, patch=1)
    assert not one.loss[picture == 0].any()
    row, column = np.unravel_index(one.loss.argmax(), one.loss.shape)
    covered = picture.copy()
    covered[row, column] = 0
    fall = extractor.probs(picture[None]) - extractor.probs(covered[None])
    assert one.loss[row, column] == pytest.approx(fall[0, one.target], abs=1e-6)
    whole = occlude(extractor, picture, patch=5)
    assert whole.loss.max() > one.loss.max(), "more ink gone, more lost"


def test_class_activation_is_a_map_over_the_picture_or_says_why_not(run: Trainer) -> None:
    seen = grad_cam(ProbeContext(run).network(), run.data.test.images[0])
    assert seen.coarse.shape == (10, 10) and seen.smooth.shape == (28, 28)
    assert seen.smooth.min() >= 0 and seen.smooth.max() > 0
    flat = chapter("learning")
    extractor = ModelCopy(flat.task, flat.task.model(flat.defaults(), RNG))
    with pytest.raises(LabError, match="none"):
        grad_cam(extractor, run.data.test.images[0])


def test_fields_are_what_a_kernel_sees(run: Trainer) -> None:
    """Only ink inside the rectangle changes the answer there."""
    extractor = ProbeContext(run).network()
    for path, place in (("0", (3, 4)), ("3", (2, 5))):
        blank = extractor.trace(np.zeros((1, 28, 28), np.float32))
        field = receptive_fields(blank)[id(blank[path].output)]
        top, left, bottom, right = field.field(*place, (28, 28))
        ink = RNG.uniform(0, 1, (28, 28)).astype(np.float32)
        other = RNG.uniform(0, 1, (28, 28)).astype(np.float32)
        other[top:bottom, left:right] = ink[top:bottom, left:right]
        one, two = extractor.trace(np.stack([ink, other]))[path].output.data
        assert np.allclose(one[:, *place], two[:, *place], atol=1e-5)
        assert not np.allclose(one[:, place[0], 0], two[:, place[0], 0], atol=1e-3)


@pytest.mark.parametrize("path", ["0", "3", "7", "9"])
def test_favourites_are_the_strongest_answers(run: Trainer, path: str) -> None:
    context = ProbeContext(run)
    found = top_activations(context, path, 3, count=5)
    extractor = ProbeContext(run).network()
    answers = extractor.trace(run.data.train.images)[path].output.data[:, 3]
    strongest = answers.reshape(60, -1).max(axis=1)
    best = np.argsort(-strongest)[:5]
    assert found.current and found.done == found.total == 60
    assert [one.sample for one in found.best] == best.tolist()
    assert np.allclose([one.answer for one in found.best], strongest[best], rtol=1e-4)


def test_favourites_go_on_piece_by_piece_with_the_weights_they_began_with(run: Trainer) -> None:
    context = ProbeContext(run)
    theta = run.arena.theta.copy()
    try:
        run.arena.theta[0] += 1e-3
        first = top_activations(context, "9", 1, seconds=0)
        version = first.current, first.done
        run.arena.theta[0] += 1e-3
        later = top_activations(context, "9", 1, renew=False)
        again = top_activations(context, "9", 1)
    finally:
        run.arena.theta[:] = theta
    assert version[0] and not later.current and later.done == later.total
    assert again.current
    with pytest.raises(LabError, match="no 99"):
        top_activations(context, "9", 99)


def test_a_dreamed_digit_is_read_as_what_it_was_dreamed_of(run: Trainer) -> None:
    typical = pixel_stats(run.data.train)
    for target in (0, 4):
        *_, last = visualize(
            ProbeContext(run).network(),
            VisualizationObjective(target=target),
            typical,
            VisualizationSettings(steps=60),
        )
        assert last.over and last.probs[target] > 0.9
        assert last.picture.min() >= 0 and last.picture.max() <= 1
        assert last.picture[[0, -1]].mean() < 0.2, "hardly any ink at the edge"


def test_a_dreamed_picture_pleases_its_unit_more_than_where_it_began(run: Trainer) -> None:
    first, *_, last = visualize(
        ProbeContext(run).network(),
        VisualizationObjective(path="7", unit=2),
        pixel_stats(run.data.train),
    )
    assert last.answer > first.answer


def test_a_dream_goes_on_from_question_to_question(run: Trainer) -> None:
    context = ProbeContext(run)
    recipe = VisualizationSettings(steps=12)
    theta = run.arena.theta.copy()
    pieces: list[FeatureVisualization] = []
    try:
        for _ in range(9):
            pieces.append(
                continue_visualization(
                    context, 7, VisualizationObjective(target=1), recipe, seconds=1e-4
                )
            )
            run.arena.theta[:] = 0  # the run may do what it likes in between
    finally:
        run.arena.theta[:] = theta
    assert [piece.step for piece in pieces] == sorted(piece.step for piece in pieces)
    assert pieces[0].step < pieces[-1].step == 12
    *_, whole = visualize(
        ProbeContext(run).network(),
        VisualizationObjective(target=1),
        pixel_stats(run.data.train),
        recipe,
    )
    assert np.array_equal(pieces[-1].picture, whole.picture)
    assert (
        continue_visualization(context, 8, VisualizationObjective(target=1), recipe, seconds=0).step
        < 12
    ), "another number, anew"
    with pytest.raises(LabError, match="classes"):
        continue_visualization(context, 9, VisualizationObjective(target=99))


@pytest.mark.parametrize(("path", "after"), [("0", "2"), ("3", "5"), ("7", "8")])
def test_a_unit_switched_off_is_heard_by_nobody(run: Trainer, path: str, after: str) -> None:
    """The same as if its numbers were nought once they are pooled and bent."""
    off = UnitScale(path, 2)
    theta = apply_edits(ProbeContext(run), [off])
    images = run.data.test.images[:8]
    without = ModelCopy(run.task, run.model)
    without.theta[:] = theta
    plain = ProbeContext(run).network()
    model = plain.model
    assert isinstance(model, Sequential)
    with no_grad():
        bent = model[: int(after) + 1](Tensor(plain.encode(images))).data.copy()
        bent[:, 2] = 0
        wanted = model[int(after) + 1 :](Tensor(bent)).data
    found = without.trace(images).output.data
    assert np.allclose(found, wanted, atol=1e-4)
    assert np.allclose(outputs_with(plain, images, [off]), wanted, atol=1e-5)


def test_edits_are_undone_by_leaving_them_out(run: Trainer) -> None:
    context = ProbeContext(run)
    theta = run.arena.theta.copy()
    drawn = UnitWeights("0", 0, np.full((1, 5, 5), 0.25, np.float32))
    both = apply_edits(context, [drawn, UnitScale("9", 4)])
    assert (run.arena.layout.views(both)["0.weight"][0] == 0.25).all()
    assert not run.arena.layout.views(both)["9.weight"][4].any()
    assert np.array_equal(apply_edits(context, []), theta)
    effect = evaluate_edits(
        context,
        chapter("digit-kernels").defaults(),
        [UnitScale("9", int(run.data.test.labels[0]), -5.0)],
    )
    assert effect.after < effect.before and effect.lost.sum() - effect.won.sum() > 0
    assert np.array_equal(run.arena.theta, theta), "the run keeps its weights"
    for wrong in (
        UnitScale("77", 0),
        UnitScale("0", 900),
        UnitWeights("0", 0, np.zeros(3, np.float32)),
    ):
        with pytest.raises(LabError):
            apply_edits(context, [wrong])


def test_a_run_answers_all_of_it() -> None:
    asked = {
        "saliency",
        "occlusion",
        "grad_cam",
        "top_activations",
        "feature_visualization",
        "ablation",
    }
    assert asked <= PROBES.keys()
