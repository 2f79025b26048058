"""The tape of a run's mini-batch: folded into modules, opened one by one, the run untouched."""

import copy
import pickle
import warnings

import numpy as np
import pytest

from core.chapters.chapter import Chapter
from core.chapters.registry import chapter, chapters
from core.errors import LabError
from core.inspect.graph import tape_graph as module
from core.inspect.graph.tape_graph import TapeGraph, TapeNode, tape_graph
from core.inspect.model_copy import ProbeContext
from core.inspect.probes import run_probe
from core.training.trainer import Trainer


@pytest.fixture(scope="module")
def run() -> Trainer:
    declared = chapter("digit-kernels")
    return Trainer(declared.task, declared.defaults().with_values(batch_size=4))


def tape_of(run: Trainer, *opened: str) -> TapeGraph:
    knobs = chapter("digit-kernels").defaults().with_values(batch_size=4)
    found = run_probe("tape_graph", ProbeContext(run), knobs, {"opened": opened})
    assert isinstance(found, TapeGraph)
    return found


def labels(tape: TapeGraph, kind: str) -> list[str]:
    return [node.label for node in tape.nodes if node.kind == kind]


def node(tape: TapeGraph, label: str) -> TapeNode:
    return next(node for node in tape.nodes if node.label == label)


def test_modules_are_boxes_with_their_numbers(run: Trainer) -> None:
    tape = tape_of(run)
    assert labels(tape, "module") == [
        "Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear", "Linear", "LogSoftmax",
    ]  # fmt: skip
    assert labels(tape, "leaf") == ["pictures"]
    first = node(tape, "Conv2d")
    assert first.parameters == 16 * 25 + 16
    assert first.value is not None and first.value.low <= first.value.mean <= first.value.high
    assert first.gradient is not None and first.forward and first.backward
    assert first.opens == f"module:{first.detail}" and not first.folds
    assert pickle.loads(pickle.dumps(tape)) == tape


def test_a_module_opens_into_operations_and_these_into_parts(run: Trainer) -> None:
    closed = tape_of(run)
    first = node(closed, "Conv2d")
    opened = tape_of(run, first.opens)
    op = next(n for n in opened.nodes if n.kind in ("op", "part") and n.opens.startswith("op:"))
    assert op.folds == first.opens
    assert any(n.label.endswith(".weight") for n in opened.nodes if n.kind == "leaf")
    parts = tape_of(run, first.opens, op.opens)
    assert labels(parts, "part") == ["conv2d", "max_pool2d"]
    assert {n.folds for n in parts.nodes if n.kind == "part"} >= {op.opens}
    assert len(parts.nodes) > len(opened.nodes) > len(closed.nodes)


def test_boxes_name_the_parameters_they_stand_for_open_or_closed(run: Trainer) -> None:
    whole = {name: p.shape for name, p in run.model.named_parameters()}
    first = node(tape_of(run), "Conv2d")
    assert first.holds == (("0.weight", (16, 1, 5, 5)), ("0.bias", (16,)))
    for tape in (tape_of(run), tape_of(run, first.opens)):
        assert [held for n in tape.nodes for held in n.holds] == list(whole.items())
    assert node(tape_of(run, first.opens), "0.bias").holds == (("0.bias", (16,)),)


def test_every_box_but_pictures_and_parameters_has_a_source(run: Trainer) -> None:
    tape = tape_of(run)
    fed = {b for _, b in tape.edges}
    assert all(n.id in fed for n in tape.nodes if n.kind != "leaf")
    assert len({n.key for n in tape.nodes}) == len({n.id for n in tape.nodes}) == len(tape.nodes)


@pytest.mark.parametrize("declared", chapters(), ids=lambda c: c.key)
def test_every_chapter_has_a_tape_and_its_run_stays_as_it_was(declared: Chapter) -> None:
    knobs = declared.defaults().with_values(batch_size=2)
    run = Trainer(declared.task, knobs)
    before = copy.deepcopy(run.model).state_dict(), run.arena.grad.copy()
    states = [
        value.bit_generator.state
        for _, part in run.model.named_modules()
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tape = tape_graph(run, knobs)
    assert np.isfinite(tape.loss) and tape.samples == 2
    for name, value in run.model.state_dict().items():
        assert value.tobytes() == before[0][name].tobytes()
    assert run.arena.grad.tobytes() == before[1].tobytes()
    assert states == [
        value.bit_generator.state
        for _, part in run.model.named_modules()
        for value in vars(part).values()
        if isinstance(value, np.random.Generator)
    ]
    everything = {n.opens for n in tape.nodes if n.opens.startswith("module:")}
    assert len(tape_graph(run, knobs, everything).nodes) >= len(tape.nodes)


def test_pictures_go_into_the_first_module_whatever_is_open() -> None:
    declared = chapter("digits")
    run = Trainer(declared.task, declared.defaults())
    tape = tape_graph(run, declared.defaults(), ("module:1", "op:linear"))
    (target,) = (b for a, b in tape.edges if a == tape.nodes[0].id)
    met = next(n for n in tape.nodes if n.id == target)
    assert (met.label, met.detail) == ("matmul", "1")
    closed = next(n for n in tape.nodes if n.key == "module:3")
    assert closed.folds == "" and closed.kind == "module"


def test_too_much_at_once_is_refused(run: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BOXES", 3)
    with pytest.raises(LabError, match="Fold something away"):
        tape_of(run)
