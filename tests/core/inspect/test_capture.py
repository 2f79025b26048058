"""capture() sees every module and operation of any network, with gradients that are right."""

from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.inspect.capture import capture
from core.inspect.trace import trace
from core.nn import GRU, Conv2d, Dropout, Linear, LogSoftmax, Module, ReLU, Sequential
from tests.core.inspect.networks import (
    CASES,
    Attention,
    Case,
    Recurrent,
    Residual,
    TwoInputs,
    coloured,
)

RNG = np.random.default_rng(0)


def network(case: Case) -> tuple[Module, np.ndarray]:
    """In use, in float32, and two encoded samples."""
    run = case.run()
    run.model.eval()
    return run.model, run.task.encode(run.data.test.inputs[:2])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_captured_value_is_the_modules_own_output(case: Case) -> None:
    model, x = network(case)
    own: dict[str, Any] = {}

    def keep(path: str, output: Any) -> None:
        own.setdefault(path, output)

    handles = [
        module.register_forward_hook(lambda m, args, out, path=path: keep(path, out))
        for path, module in model.named_modules()
    ]
    with no_grad():
        plain = model(x if x.dtype.kind == "i" else Tensor(x))
    for handle in handles:
        handle.remove()
    found = capture(model, x)
    np.testing.assert_array_equal(found[""].value, plain.data)
    np.testing.assert_array_equal(found["input"].value, x)
    for path, output in own.items():
        first = output[0] if isinstance(output, tuple) else output
        np.testing.assert_array_equal(found[path].value, first.data)
    assert all(one.gradient is None for one in found.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_captured_gradients_are_those_of_finite_differences(case: Case) -> None:
    """At every place of the network, along the gradient itself; in float64."""
    model, x = network(case)
    for parameter in model.parameters():
        parameter.data = parameter.data.astype(np.float64)
    x = x.astype(np.float64) if x.dtype.kind == "f" else x
    weights = RNG.normal(size=3)

    def target(output: Tensor) -> Tensor:
        return F.sum(output * weights)

    found = capture(model, x, gradients=True, target=target)
    seen = trace(model, x)
    for call in seen.links:
        gradient = found[call.path].gradient
        assert gradient is not None and gradient.shape == call.output.shape
        way = gradient * (call.output.data != 0)  # at equal zeros a max-pool has a kink
        length = float(np.linalg.norm(way))
        if not length:
            continue
        step = 1e-6 * way / length
        ends = [call.output.data + step, call.output.data - step]
        up, down = (
            seen.recompute(seen.output, {call.output: lambda _, end=end: end}) for end in ends
        )
        slope = float(((up - down) * weights).sum()) / 2e-6
        assert slope == pytest.approx(length, rel=1e-4, abs=1e-6), call.path
    assert all(own.grad is None or not own.grad.any() for own in model.parameters())


def test_functions_and_repeated_modules_have_names_of_their_own() -> None:
    found = capture(Residual(RNG), RNG.normal(size=(1, 1, 10, 10)).astype(np.float32))
    assert list(found) == [
        "input", "first", "relu", "block", "add", "relu#2", "block#2", "add#2", "relu#3",
        "max_pool2d", "reshape", "head", "",
    ]  # fmt: skip
    assert (found["block"].kind, found["add#2"].kind) == ("Conv2d", "add")
    np.testing.assert_array_equal(found["add"].value, found["block"].value + found["relu"].value)


def test_two_inputs_are_captured_each_with_its_gradient() -> None:
    model = TwoInputs(RNG)
    left, right = (RNG.normal(size=(2, 3)).astype(np.float32) for _ in range(2))
    found = capture(model, (left, right), gradients=True, target=lambda out: out[:, 0].sum())
    both = capture(model, np.concatenate([left, right], 1), True, lambda out: out[:, 0].sum())
    for number, name in enumerate(("input", "input#2")):
        part = both["input"].gradient
        assert part is not None
        np.testing.assert_allclose(
            found[name].gradient, part[:, 3 * number : 3 * number + 3], rtol=1e-5, atol=1e-6
        )


def test_attention_shows_its_inner_weights() -> None:
    found = capture(Attention(RNG), RNG.integers(0, 4, (2, 6)))
    weights = found["block.self_attn.weights"].value
    assert weights.shape == (2, 2, 6, 6)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)


def test_recurrence_shows_its_gates_and_several_results() -> None:
    found = capture(Recurrent(RNG), RNG.integers(0, 4, (2, 6)))
    gates = {name.partition(".")[2] for name in found if name.startswith("gru.")}
    assert gates == {"r_l0", "z_l0", "n_l0", "h_l0"}
    r, z, n, h = (found[f"gru.{name}_l0"].value for name in "rznh")
    assert r.min() > 0 and r.max() < 1
    np.testing.assert_allclose(h, found["gru"].value, atol=1e-6)
    np.testing.assert_allclose(h[0], (1 - z[0]) * n[0], atol=1e-6)
    last = found["lstm.c_l0"].value[:, -1]
    np.testing.assert_allclose(found["lstm[2]"].value[0], last, atol=1e-6)


def test_nothing_is_fused_while_capturing_and_all_is_as_before_afterwards() -> None:
    model = coloured(np.random.default_rng(2)).eval()
    x = RNG.normal(size=(2, 3, 12, 12)).astype(np.float32)
    before = model(Tensor(x)).data
    found = capture(model, x)
    y = found["1"].value
    np.testing.assert_array_equal(y, np.maximum(found["0"].value, 0))
    np.testing.assert_array_equal(
        found["2"].value, y.reshape(2, 4, 5, 2, 5, 2).max(axis=(3, 5)), "the pool alone"
    )
    assert all("_forward_hooks" not in vars(module) for _, module in model.named_modules())
    np.testing.assert_array_equal(model(Tensor(x)).data, before)


def test_a_frozen_network_of_tokens_has_gradients_and_stays_frozen() -> None:
    model = Attention(RNG)
    for parameter in model.parameters():
        parameter.requires_grad = False
    found = capture(model, RNG.integers(0, 4, (2, 6)), gradients=True)
    assert found["input"].gradient is None, "nothing lies between two tokens"
    gradient = found["embedding"].gradient
    assert gradient is not None and gradient.any()
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_what_weights_alone_make_is_no_step_of_the_network() -> None:
    class Normed(Module):
        def __init__(self) -> None:
            self.weight = Tensor(RNG.normal(size=(3, 3)).astype(np.float32), requires_grad=True)

        def forward(self, x: Tensor) -> Tensor:
            return x @ (self.weight / F.sum(self.weight * self.weight))

    found = capture(Normed(), np.ones((1, 3), np.float32))
    assert list(found) == ["input", "matmul", ""]


def test_a_trace_follows_units_to_where_others_take_them_in() -> None:
    rng = np.random.default_rng(4)
    model = Sequential(
        Conv2d(1, 2, 3, rng=rng), ReLU(), Dropout(0.5, rng=rng), Conv2d(2, 3, 3, rng=rng), ReLU()
    ).eval()
    seen = trace(model, RNG.normal(size=(1, 1, 8, 8)).astype(np.float32))
    assert seen.handed_on("0") is seen["1"].output
    assert seen.handed_on("3") is seen["4"].output is seen.scores
    tail = Sequential(Linear(2, 3, rng=rng), LogSoftmax())
    short = trace(tail, np.ones((1, 2), np.float32))
    assert short.scores is short["0"].output and short.output is short["1"].output


def test_a_pass_can_be_recomputed_from_any_tensor_on() -> None:
    model = GRU(3, 4, rng=np.random.default_rng(6))
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    seen = trace(model, x)
    doubled = seen.recompute(seen.output, {seen.inputs[0]: lambda a: 2 * a})
    np.testing.assert_allclose(doubled, model(Tensor(2 * x))[0].data, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(seen.recompute(seen.output, {}), seen.output.data)
