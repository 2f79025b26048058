"""The graph tells what was computed from what, whole or folded into modules."""

import numpy as np
import pytest

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.autograd.context import profiler
from core.autograd.profiler import profile
from core.chapters.registry import chapter
from core.inspect.graph.graph import FUSED_OPS, Graph, GraphNode, build_graph
from core.nn import Linear, ReLU, Sequential


def test_the_formula_of_chapter_three() -> None:
    x = Tensor(np.array(2.0), requires_grad=True, name="x")
    z = Tensor(np.array(0.0), requires_grad=True, name="z")
    y = 3.0 * x**3 + 4.0 * x + 1.0 + x * z
    y.backward()
    drawn = build_graph(y)
    assert (y.item(), x.grad, z.grad) == (33.0, 40.0, 2.0)
    labels = [node.label for node in drawn.nodes]
    assert sorted(label for label in labels if label in ("x", "z")) == ["x", "z"]
    assert labels.count("add") == 3
    leaf = next(node for node in drawn.nodes if node.label == "x")
    assert leaf.gradient == 40.0
    assert sum(a == leaf.id for a, _ in drawn.edges) == 3


def test_edges_point_from_earlier_to_later() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    drawn = build_graph(F.sum(F.tanh(x) * x))
    assert all(a < b for a, b in drawn.edges)


def test_a_network_folds_into_its_layers_and_leaves_keep_their_names() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(Sequential(Linear(4, 3, rng=rng), ReLU()), Linear(3, 2, rng=rng))
    scores = net(Tensor(np.ones((5, 4), np.float32)))
    folded = build_graph(scores, net, collapse=1)
    assert [n.label for n in folded.nodes if n.kind == "module"] == ["0", "1"]
    assert {n.label for n in folded.nodes if n.kind == "leaf"} == set(net.state_dict())
    whole = build_graph(scores, net)
    assert [n.scope for n in whole.nodes if n.kind == "op"] == ["0.0", "1"]
    assert next(n for n in whole.nodes if n.kind == "op").shape == (5, 3)


def test_a_real_chapters_edges_join_its_nodes() -> None:
    digits = chapter("digits")
    model = digits.task.model(digits.defaults(), np.random.default_rng(0))
    scores = digits.task.forward(model, np.zeros((2, 28, 28), np.uint8))
    drawn = build_graph(F.nll_loss(scores, np.array([1, 2])), model)
    assert {end for edge in drawn.edges for end in edge} <= {node.id for node in drawn.nodes}


def test_a_deep_graph_needs_no_recursion() -> None:
    x = Tensor(np.ones(1), requires_grad=True)
    y = x
    for _ in range(5000):
        y = y + 1.0
    assert len(build_graph(y).nodes) == 5001


def _mlp() -> Sequential:
    rng = np.random.default_rng(0)
    return Sequential(Linear(4, 3, rng=rng), ReLU(), Linear(3, 2, rng=rng))


def _loss(net: Sequential) -> Tensor:
    x = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32)
    return F.cross_entropy(net(Tensor(x)), np.array([0, 1, 1, 0, 1]))


def _labels(drawn: Graph, kind: str = "part") -> list[str]:
    return [node.label for node in drawn.nodes if node.kind == kind]


def _node(drawn: Graph, label: str) -> GraphNode:
    return next(node for node in drawn.nodes if node.label == label)


def test_a_fused_layer_opens_into_its_parts() -> None:
    net = _mlp()
    drawn = build_graph(_loss(net), net, opened={"linear"})
    assert _labels(drawn) == [
        "permute", "matmul", "add", "relu", "permute", "matmul", "add",
    ]  # fmt: skip
    assert _labels(drawn, "op") == ["cross_entropy"]
    assert _labels(drawn, "leaf") == ["0.weight", "0.bias", "2.weight", "2.bias"]
    part = _node(drawn, "relu")
    assert (part.part_of, part.scope, part.shape) == ("linear", "0", (5, 3))
    assert all(a != b for a, b in drawn.edges)
    assert {b for _, b in drawn.edges} >= {n.id for n in drawn.nodes if n.kind != "leaf"}


def test_all_that_is_fused_opens_at_once_even_where_nothing_is_recorded() -> None:
    net = _mlp()
    loss = _loss(net)
    with no_grad():
        drawn = build_graph(loss, net, opened=FUSED_OPS)
    assert _labels(drawn)[-2:] == ["log_softmax", "nll_loss"]
    assert _labels(drawn, "op") == []
    assert drawn.nodes[-1].value == pytest.approx(loss.data)


def test_a_folded_module_stays_closed() -> None:
    net = _mlp()
    drawn = build_graph(_loss(net), net, collapse=1, opened=FUSED_OPS)
    assert _labels(drawn, "module") == ["0", "2"]
    assert _labels(drawn) == ["log_softmax", "nll_loss"]


def test_of_a_recurrent_layer_the_first_step_is_shown() -> None:
    rng = np.random.default_rng(0)
    shapes = ((6, 2, 3), (2, 4), (12, 3), (12, 4))
    leaves = [Tensor(rng.standard_normal(shape), requires_grad=True) for shape in shapes]
    drawn = build_graph(F.sum(F.gru(*leaves)), opened={"gru"})
    assert _labels(drawn).count("sigmoid") == 2
    assert _labels(drawn).count("tanh") == 1
    assert _labels(drawn, "op") == ["sum"]


def test_a_profile_gives_times_and_inner_gradients() -> None:
    net = _mlp()
    with profile() as seen:
        loss = _loss(net)
        loss.backward()
    for opened in ((), FUSED_OPS):
        drawn = build_graph(loss, net, opened=opened, profile=seen)
        for node in drawn.nodes:
            assert node.gradient is not None
            assert node.gradient.shape == node.shape
            if node.kind != "leaf":
                assert node.time is not None and node.time.forward and node.time.backward
    inner = _node(drawn, "relu")
    weight = _node(drawn, "2.weight").gradient
    assert inner.value is not None and weight is not None
    np.testing.assert_allclose(
        _gradient_of_scores(drawn).T @ inner.value, weight, rtol=1e-5, atol=1e-7
    )


def _gradient_of_scores(drawn: Graph) -> np.ndarray:
    found = [node.gradient for node in drawn.nodes if node.label == "add"][-1]
    assert found is not None
    return found


def test_modules_add_up_the_times_of_their_operations() -> None:
    net = _mlp()
    with profile() as seen:
        loss = _loss(net)
        loss.backward()
    drawn = build_graph(loss, net, collapse=1, profile=seen)
    module = _node(drawn, "0")
    assert module.time is not None and module.time.forward
    assert module.time.forward > 0


def test_without_a_profile_nothing_is_measured_or_kept() -> None:
    net = _mlp()
    loss = _loss(net)
    loss.backward()
    assert profiler.get() is None
    drawn = build_graph(loss, net)
    inner = [node for node in drawn.nodes if node.kind == "op"]
    assert all(node.time is None and node.gradient is None for node in inner)
    assert all(node.value is not None for node in inner)
