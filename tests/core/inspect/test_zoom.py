"""The zoom's numbers equal a direct computation, forward and backward."""

from dataclasses import replace

import numpy as np
import pytest

from core.autograd.registry import OPS
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.errors import LabError
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.inspect.zoom import source_code
from core.inspect.zoom.forward_backward import NetworkPass
from core.inspect.zoom.numbers import pool_window, weighted_sum
from core.knobs import Knobs
from core.training.task import Split
from core.training.trainer import Trainer

RNG = np.random.default_rng(3)


def small(key: str, classes: int) -> tuple[Trainer, Knobs]:
    images = np.zeros((6, 28, 28), np.uint8)
    images[:, 6:22, 6:22] = RNG.integers(0, 256, (6, 16, 16))
    labels = np.arange(6, dtype=np.uint8) % classes
    data = Dataset.from_images("few", images, labels, tuple(str(i) for i in range(classes)))
    one = chapter(key)
    knobs = one.defaults()
    return Trainer(replace(one.task, data=lambda _: Split(data, data)), knobs), knobs


@pytest.fixture
def letters() -> tuple[Trainer, Knobs]:
    return small("letters", 26)


def followed(run: Trainer, knobs: Knobs) -> NetworkPass:
    data = run.data.test
    found = run_probe(
        "forward_backward", ProbeContext(run), knobs, {"picture": data.images[1], "label": 1}
    )
    assert isinstance(found, NetworkPass)
    return found


@pytest.mark.parametrize(
    ("key", "classes"), [("letters", 26), ("digits", 10), ("learning", 2), ("three-or-seven", 2)]
)
def test_the_way_through_ends_where_the_network_and_training_do(key: str, classes: int) -> None:
    run, knobs = small(key, classes)
    before = run.arena.theta.copy(), run.arena.grad.copy()
    found = followed(run, knobs)
    images, labels = run.data.test.images[1:2], run.data.test.labels[1:2]
    scores = run.task.forward(run.model, images)
    np.testing.assert_allclose(found.stages[-2].values, scores.data[0], rtol=1e-4, atol=1e-5)
    loss = run.task.loss(scores, labels, knobs)
    assert found.loss == pytest.approx(loss.item(), abs=1e-5)
    np.testing.assert_array_equal(run.arena.theta, before[0])
    np.testing.assert_array_equal(run.arena.grad, before[1])
    loss.backward()
    grads = run.arena.layout.views(run.arena.grad)
    for stage in found.stages:
        if stage.weight is not None and stage.d_weight is not None:
            expected = grads[f"{stage.path}.weight"]
            np.testing.assert_allclose(stage.d_weight, expected, rtol=1e-3, atol=1e-6)


def test_every_number_of_a_layer_is_the_sum_of_its_products(letters: tuple[Trainer, Knobs]) -> None:
    found = followed(*letters)
    for number, stage in enumerate(found.stages):
        x = found.inputs(number)
        if stage.op == "conv2d":
            for place in ((0, 0, 0), (5, 3, 2), (-1, -1, -1)):
                unit, row, column = (p % n for p, n in zip(place, stage.values.shape, strict=True))
                one = weighted_sum(stage, x, unit, row, column)
                assert one.total == pytest.approx(one.result, abs=1e-5)
        elif stage.op == "linear":
            one = weighted_sum(stage, x, 2)
            assert one.total == pytest.approx(one.result, abs=1e-5)
        elif stage.op == "max_pool2d":
            _, high, wide = stage.values.shape
            for row, column in ((0, 0), (high - 1, wide - 1)):
                seen, _, _ = pool_window(stage, x, 3, row, column)
                assert seen.max() == stage.values[3, row, column]


def test_the_terms_of_a_weight_add_up_to_its_gradient(letters: tuple[Trainer, Knobs]) -> None:
    run, knobs = letters
    asked = {"images": run.data.test.images[:4], "labels": run.data.test.labels[:4]}
    for parameter, index in (
        ("0.weight", (3, 0, 1, 2)), ("6.weight", (7, 11, 0, 2)), ("3.bias", (5,)),
        ("10.weight", (9, 100)), ("14.bias", (2,)),
    ):  # fmt: skip
        terms = run_probe(
            "chain_rule",
            ProbeContext(run),
            knobs,
            {**asked, "parameter": parameter, "index": index},
        )
        scale = float(np.abs(terms.products).sum())
        assert abs(terms.total - terms.gradient) <= 1e-6 * scale + 1e-12, parameter
        largest = terms.largest(5)
        sizes = [abs(product) for *_, product in largest]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] == np.abs(terms.products).max()
        for (n, row, column), g, x, product in largest:
            assert product == pytest.approx(g * x)
            assert terms.inputs[n, row, column] == pytest.approx(x)


def test_a_difference_quotient_agrees_with_any_parameter(letters: tuple[Trainer, Knobs]) -> None:
    run, knobs = letters
    asked = {"images": run.data.test.images[:2], "labels": run.data.test.labels[:2]}
    for slot in run.arena.layout.specs:
        index = tuple(length // 2 for length in slot.shape)
        found = run_probe(
            "gradient_check",
            ProbeContext(run),
            knobs,
            {**asked, "parameter": slot.name, "index": index},
        )
        assert found.agrees, (slot.name, found)
    assert run_probe(
        "gradient_check", ProbeContext(run), knobs, {"parameter": "14.bias", "index": (0,)}
    ).agrees


def test_without_an_index_the_number_with_the_largest_gradient_is_checked(
    letters: tuple[Trainer, Knobs],
) -> None:
    run, knobs = letters
    context = ProbeContext(run)
    found = run_probe("gradient_check", context, knobs, {"parameter": "0.bias"})
    others = [
        run_probe(
            "gradient_check", ProbeContext(run), knobs, {"parameter": "0.bias", "index": (i,)}
        ).gradient
        for i in range(3)
    ]
    assert found.agrees and abs(found.gradient) >= max(map(abs, others))
    assert found.samples == min(8, len(run.data.train))
    again = run_probe(
        "gradient_check", ProbeContext(run), knobs, {"parameter": "0.bias", "index": found.index}
    )
    assert again == found


def test_what_cannot_be_asked_is_said(letters: tuple[Trainer, Knobs]) -> None:
    run, knobs = letters
    for parameter, index in (("99.weight", (0,)), ("0.weight", (32, 0, 0, 0)), ("0.bias", (0, 0))):
        with pytest.raises(LabError):
            run_probe(
                "gradient_check", ProbeContext(run), knobs, {"parameter": parameter, "index": index}
            )


def test_the_source_lines_are_the_rules_own() -> None:
    for op in ("conv2d", "linear", "max_pool2d", "gelu", "relu", "log_softmax", "nll_loss"):
        for backward in (False, True):
            assert op in OPS and source_code.op_formula(op, backward)
            found = source_code.op_source(op, backward)
            assert found is not None and found.name.startswith("core/")
            assert any(line == found.focus for line, *_ in found.terms), (op, backward)
    conv = source_code.op_source("conv2d", True)
    assert conv is not None and "d_weight = np.matmul(g, cols" in conv.lines[conv.focus]
    assert source_code.op_source("no such thing", False) is None
    check = source_code.check_source()
    assert check is not None and "quotient" in check.lines[check.focus]
