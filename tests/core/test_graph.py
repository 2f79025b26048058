"""The graph tells what was computed from what, whole or folded into modules."""

import json
import xml.dom.minidom

import numpy as np

from core.autograd import Tensor
from core.autograd import functional as F
from core.chapters.registry import chapter
from core.inspect.graph import graph
from core.nn import Linear, ReLU, Sequential


def test_the_formula_of_chapter_three() -> None:
    x = Tensor(np.array(2.0), requires_grad=True, name="x")
    z = Tensor(np.array(0.0), requires_grad=True, name="z")
    y = 3.0 * x**3 + 4.0 * x + 1.0 + x * z
    y.backward()
    drawn = graph(y)
    assert (y.item(), x.grad, z.grad) == (33.0, 40.0, 2.0)
    labels = [node.label for node in drawn.nodes]
    assert sorted(label for label in labels if label in ("x", "z")) == ["x", "z"]
    assert labels.count("add") == 3
    leaf = next(node for node in drawn.nodes if node.label == "x")
    assert leaf.gradient == 40.0
    assert sum(a == leaf.id for a, _ in drawn.edges) == 3


def test_edges_point_from_earlier_to_later() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    drawn = graph(F.sum(F.tanh(x) * x))
    assert all(a < b for a, b in drawn.edges)


def test_a_network_folds_into_its_layers_and_leaves_keep_their_names() -> None:
    rng = np.random.default_rng(0)
    net = Sequential(Sequential(Linear(4, 3, rng=rng), ReLU()), Linear(3, 2, rng=rng))
    scores = net(Tensor(np.ones((5, 4), np.float32)))
    folded = graph(scores, net, collapse=1)
    assert [n.label for n in folded.nodes if n.kind == "module"] == ["0", "1"]
    assert {n.label for n in folded.nodes if n.kind == "leaf"} == set(net.state_dict())
    whole = graph(scores, net)
    assert [n.scope for n in whole.nodes if n.kind == "op"] == ["0.0", "1"]
    assert next(n for n in whole.nodes if n.kind == "op").shape == (5, 3)


def test_pictures_are_well_formed_for_a_real_chapter() -> None:
    digits = chapter("digits")
    model = digits.task.model(digits.defaults(), np.random.default_rng(0))
    scores = digits.task.score(model, np.zeros((2, 28, 28), np.uint8))
    drawn = graph(F.nll_loss(scores, np.array([1, 2])), model)
    assert xml.dom.minidom.parseString(drawn.to_svg()).documentElement.tagName == "svg"
    assert drawn.to_dot().count("->") == len(drawn.edges)
    assert len(json.loads(drawn.to_json())["nodes"]) == len(drawn.nodes)


def test_a_deep_graph_needs_no_recursion() -> None:
    x = Tensor(np.ones(1), requires_grad=True)
    y = x
    for _ in range(5000):
        y = y + 1.0
    assert len(graph(y).nodes) == 5001
