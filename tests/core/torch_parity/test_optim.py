"""Optimisers and clipping beside PyTorch's: fifty steps down a bent valley, in both engines."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.kernels.engine import use_engine
from core.nn.arena import Arena, ArenaLayout
from core.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_grad_norm_,
    clip_grad_value_,
)

pytestmark = pytest.mark.filterwarnings("ignore:This SGD has no momentum")

torch = pytest.importorskip(
    "torch", reason="PyTorch is only a yardstick; pip install torch to compare"
)

STEPS = 50
SHAPES: dict[str, tuple[int, ...]] = {"a": (5, 7), "b": (13,), "one": (1,), "none": (0,)}
TOLERANCE = {"float32": (2e-4, 2e-5), "float64": (1e-10, 1e-12)}

Ours = Callable[[Arena], Optimizer]
Theirs = Callable[[Any], Any]


class Way:
    """One optimiser in both libraries, with the knobs that ours takes at each step."""

    def __init__(self, ours: Ours, theirs: Theirs, lr: float, **knobs: Any) -> None:
        self.ours, self.theirs, self.lr, self.knobs = ours, theirs, lr, knobs


optim = torch.optim
WAYS = {
    "sgd": Way(SGD, lambda p: optim.SGD(p, lr=0.05), 0.05),
    "sgd, momentum given but not wanted": Way(SGD, lambda p: optim.SGD(p, lr=0.05), 0.05,
                                              momentum=0.9),
    "sgd, decay": Way(SGD, lambda p: optim.SGD(p, lr=0.05, weight_decay=0.3), 0.05,
                      weight_decay=0.3),
    "momentum": Way(lambda a: SGD(a, use_momentum=True),
                    lambda p: optim.SGD(p, lr=0.02, momentum=0.9), 0.02, momentum=0.9),
    "momentum, decay": Way(lambda a: SGD(a, use_momentum=True),
                           lambda p: optim.SGD(p, lr=0.02, momentum=0.8, weight_decay=0.1), 0.02,
                           momentum=0.8, weight_decay=0.1),
    "nesterov": Way(lambda a: SGD(a, nesterov=True),
                    lambda p: optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True), 0.02,
                    momentum=0.9),
    "nesterov, decay": Way(lambda a: SGD(a, nesterov=True),
                           lambda p: optim.SGD(p, lr=0.02, momentum=0.7, nesterov=True,
                                               weight_decay=0.1), 0.02,
                           momentum=0.7, weight_decay=0.1),
    "adagrad": Way(Adagrad, lambda p: optim.Adagrad(p, lr=0.1), 0.1),
    "adagrad, decay": Way(Adagrad, lambda p: optim.Adagrad(p, lr=0.1, weight_decay=0.2), 0.1,
                          weight_decay=0.2),
    "adagrad, eps": Way(lambda a: Adagrad(a, eps=0.1),
                        lambda p: optim.Adagrad(p, lr=0.1, eps=0.1), 0.1),
    "rmsprop": Way(RMSprop, lambda p: optim.RMSprop(p, lr=0.01), 0.01),
    "rmsprop, decay": Way(RMSprop, lambda p: optim.RMSprop(p, lr=0.01, weight_decay=0.2), 0.01,
                          weight_decay=0.2),
    "rmsprop, alpha and eps": Way(lambda a: RMSprop(a, alpha=0.8, eps=0.05),
                                  lambda p: optim.RMSprop(p, lr=0.02, alpha=0.8, eps=0.05), 0.02),
    "rmsprop, momentum and decay": Way(
        lambda a: RMSprop(a, use_momentum=True),
        lambda p: optim.RMSprop(p, lr=0.003, momentum=0.9, weight_decay=0.1), 0.003,
        momentum=0.9, weight_decay=0.1),
    "adam": Way(Adam, lambda p: optim.Adam(p, lr=0.02), 0.02),
    "adam, decay": Way(Adam, lambda p: optim.Adam(p, lr=0.02, weight_decay=0.2), 0.02,
                       weight_decay=0.2),
    "adam, betas and eps": Way(lambda a: Adam(a, betas=(0.7, 0.9), eps=0.01),
                               lambda p: optim.Adam(p, lr=0.02, betas=(0.7, 0.9), eps=0.01), 0.02),
    "adamw": Way(lambda a: AdamW(a, weight_decay=0.0),
                 lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.0), 0.02),
    "adamw, decay": Way(AdamW, lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3), 0.02,
                        weight_decay=0.3),
    "adam, decoupled": Way(Adam, lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3), 0.02,
                           weight_decay=0.3, decoupled=True),
}  # fmt: skip


@pytest.fixture(autouse=True, params=["reference", "fast"])
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    with use_engine(request.param):
        yield


class Valley:
    """The same weights in both libraries, and gradients that depend on them: g = A·θ + noise."""

    def __init__(self, dtype: str) -> None:
        rng = np.random.default_rng(7)
        self.arena = Arena(ArenaLayout.of(SHAPES), np.dtype(dtype))
        self.ours = self.arena.layout.views(self.arena.theta)
        self.grads = self.arena.layout.views(self.arena.grad)
        for view in self.ours.values():
            view[...] = rng.standard_normal(view.shape)
        self.theirs = {
            name: torch.tensor(view.copy(), requires_grad=True) for name, view in self.ours.items()
        }
        self.steepness = {name: 10 ** rng.uniform(-2, 1, s) for name, s in SHAPES.items()}
        self.noise = {name: rng.standard_normal((STEPS, *s)) for name, s in SHAPES.items()}

    def gradients(self, step: int) -> None:
        """The gradients at this step, each library's at its own weights."""
        for name, theirs in self.theirs.items():
            slope, noise = self.steepness[name], self.noise[name][step]
            self.grads[name][...] = slope * self.ours[name] + noise
            at = theirs.detach().numpy()
            theirs.grad = torch.tensor((slope * at + noise).astype(at.dtype))

    def same(self) -> None:
        """Both stand at the same place."""
        rtol, atol = TOLERANCE[str(self.arena.theta.dtype)]
        for name, theirs in self.theirs.items():
            np.testing.assert_allclose(
                self.ours[name], theirs.detach().numpy(), rtol=rtol, atol=atol, err_msg=name
            )


DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
EVERY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@DTYPES
@EVERY
def test_fifty_steps(way: Way, dtype: str) -> None:
    valley = Valley(dtype)
    ours, theirs = way.ours(valley.arena), way.theirs(list(valley.theirs.values()))
    for step in range(STEPS):
        valley.gradients(step)
        ours.step(way.lr, **way.knobs)
        theirs.step()
        valley.same()


@DTYPES
@EVERY
def test_fifty_steps_with_clipped_gradients_and_a_moving_rate(way: Way, dtype: str) -> None:
    valley = Valley(dtype)
    parameters = list(valley.theirs.values())
    ours, theirs = way.ours(valley.arena), way.theirs(parameters)
    for step in range(STEPS):
        valley.gradients(step)
        rate = way.lr * (0.5 + np.cos(step) ** 2)
        if step % 2:
            norm = clip_grad_norm_(valley.arena.params_grad, 3.0)
            expected = torch.nn.utils.clip_grad_norm_(parameters, 3.0)
            assert norm == pytest.approx(float(expected), rel=1e-5)
        else:
            clip_grad_value_(valley.arena.params_grad, 0.7)
            torch.nn.utils.clip_grad_value_(parameters, 0.7)
        ours.step(rate, **way.knobs)
        for group in theirs.param_groups:
            group["lr"] = rate
        theirs.step()
        valley.same()


@DTYPES
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_decay_apart_and_l1_around_torchs_sgd(dtype: str, momentum: float) -> None:
    """PyTorch has neither for SGD, so both are done by hand around its step."""
    valley = Valley(dtype)
    ours = SGD(valley.arena, use_momentum=momentum > 0)
    theirs = optim.SGD(list(valley.theirs.values()), lr=0.02, momentum=momentum)
    for step in range(STEPS):
        valley.gradients(step)
        ours.step(0.02, momentum=momentum, weight_decay=0.4, l1=0.05, decoupled=True)
        with torch.no_grad():
            for parameter in valley.theirs.values():
                parameter.grad += 0.05 * parameter.sign()
                parameter.mul_(1 - 0.02 * 0.4)
        theirs.step()
        valley.same()


@pytest.mark.parametrize("limit", [0.1, 1e3])
def test_a_gradient_is_shortened_only_where_it_is_too_long(limit: float) -> None:
    valley = Valley("float64")
    valley.gradients(0)
    torch.nn.utils.clip_grad_norm_(valley.theirs.values(), limit)
    clip_grad_norm_(valley.arena.params_grad, limit)
    for name, theirs in valley.theirs.items():
        np.testing.assert_allclose(valley.grads[name], theirs.grad.numpy(), rtol=1e-12)
