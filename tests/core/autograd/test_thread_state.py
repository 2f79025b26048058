"""What one thread does leaves the others alone: grad mode, engine, op hooks, names of layers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pytest

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.autograd.anomaly import detect_anomaly
from core.autograd.context import enable_grad, grad_enabled, op_hook, profiler
from core.autograd.profiler import profile
from core.errors import AnomalyError, LabError
from core.kernels import engine
from core.kernels.engine import kernel, use_engine
from core.nn import Dropout, Linear, Module, Sequential, Tanh
from core.nn.arena import Arena
from core.optim import SGD

WAIT = 60


def _linear(seed: int) -> Linear:
    return Linear(2, 2, rng=np.random.default_rng(seed))


@contextmanager
def _elsewhere(block: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Another thread stands inside `block` for as long as this one is in here."""
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with block():
            inside.set()
            assert leave.wait(WAIT)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(WAIT)
    try:
        yield
    finally:
        leave.set()
        thread.join(WAIT)


def test_no_grad_elsewhere_costs_no_layer_its_gradient() -> None:
    layers = [_linear(seed) for seed in range(3)]
    x = Tensor(np.ones((1, 2), np.float32))
    h = layers[0](x)
    with _elsewhere(no_grad):
        h = layers[1](h)
    F.sum(layers[2](h)).backward()
    assert all(layer.weight.grad is not None for layer in layers)


def test_enable_grad_elsewhere_records_nothing_here() -> None:
    with no_grad(), _elsewhere(enable_grad):
        assert _linear(0)(Tensor(np.ones((1, 2), np.float32))).node is None


@pytest.mark.parametrize("block", [no_grad, enable_grad, profile, detect_anomaly,
                                   lambda: use_engine("reference")])  # fmt: skip
def test_blocks_that_overlap_in_two_threads_leave_no_trace(block: Any) -> None:
    """The first to enter is the first to leave."""
    events = [threading.Event() for _ in range(3)]

    def first() -> None:
        with block():
            events[0].set()
            assert events[1].wait(WAIT)
        events[2].set()

    def second() -> None:
        assert events[0].wait(WAIT)
        with block():
            events[1].set()
            assert events[2].wait(WAIT)

    threads = [threading.Thread(target=run) for run in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert grad_enabled.get() and op_hook.get() is None and profiler.get() is None
    assert engine._block_engine.get() is None
    F.sum(_linear(0)(Tensor(np.ones((1, 2), np.float32)))).backward()


def test_an_anomaly_is_told_to_who_looks_for_it() -> None:
    nothing = Tensor(np.zeros(2), requires_grad=True)
    with _elsewhere(detect_anomaly), np.errstate(all="ignore"):
        F.sum(F.log(nothing)).backward()
    with detect_anomaly(), np.errstate(all="ignore"), pytest.raises(AnomalyError):
        F.log(nothing)


def test_the_engine_of_a_block_is_that_of_its_thread() -> None:
    here = kernel("linear_forward")
    with _elsewhere(lambda: use_engine("reference")):
        assert kernel("linear_forward") is here
    with use_engine("reference"):
        assert kernel("linear_forward") is not here


def test_errors_name_the_layer_of_their_own_thread() -> None:
    class Waits(Module):
        """Stands in its forward while another thread's layer fails."""

        def __init__(self) -> None:
            self.part = _linear(0)

        def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
            with _elsewhere(lambda: _computing(Sequential(Tanh(), _Holds()))):
                return self.part(x)

    with pytest.raises(LabError, match=r"linear in part: "):
        Waits()(Tensor(np.ones((1, 5), np.float32)))


class _Holds(Module):
    """Waits inside its forward until it is let go."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        self.entered.set()
        assert self.leave.wait(WAIT)
        return x


@contextmanager
def _computing(net: Sequential) -> Iterator[None]:
    """A network that stands amid its forward, in a thread of its own."""
    holds = net.modules[-1]
    assert isinstance(holds, _Holds)
    thread = threading.Thread(target=net, args=(Tensor(np.ones((1, 2), np.float32)),))
    thread.start()
    assert holds.entered.wait(WAIT)
    try:
        yield
    finally:
        holds.leave.set()
        thread.join(WAIT)


def test_one_thread_trains_beside_one_that_reads() -> None:
    layer = _linear(0)
    x = Tensor(np.ones((1, 2), np.float32))
    stop = threading.Event()
    read = threading.Event()

    def reads() -> None:
        while not stop.is_set():
            with no_grad():
                layer(x)
            read.set()

    thread = threading.Thread(target=reads)
    thread.start()
    assert read.wait(WAIT)
    try:
        for _ in range(300):
            layer.weight.grad = None
            F.sum(F.tanh(layer(x))).backward()
            assert layer.weight.grad is not None
    finally:
        stop.set()
        thread.join(WAIT)


def test_who_reads_in_eval_mode_beside_a_trainer_gets_it_no_warning() -> None:
    model, reader = Sequential(_linear(0), Dropout(0.5, rng=np.random.default_rng(0))), _linear(1)
    optimizer = SGD(Arena.adopt(model), lr=0.1)
    x = Tensor(np.ones((1, 2), np.float32))
    used = Sequential(reader, Dropout(0.5, rng=np.random.default_rng(0))).eval()
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.sum(model(x))
        thread = threading.Thread(target=used, args=(x,))
        thread.start()
        thread.join(WAIT)
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize(("block", "inside"), [(no_grad, False), (enable_grad, True)])
def test_blocks_that_generators_leave_in_another_order_leave_no_trace(
    block: Any, inside: bool
) -> None:
    def steps() -> Iterator[None]:
        with block():
            yield

    first, second = steps(), steps()
    next(first), next(second)
    list(first)
    assert grad_enabled.get() is inside
    list(second)
    assert grad_enabled.get()


def test_a_block_serves_twice_and_as_a_decorator_with_and_without_brackets() -> None:
    block = no_grad()
    for _ in range(2):
        with block, block:
            assert not grad_enabled.get()
        assert grad_enabled.get()

    @no_grad
    def bare(x: Tensor) -> bool:
        return (x * 2).node is None

    @no_grad()
    def called(x: Tensor) -> bool:
        return bare(x) and (x * 2).node is None

    assert called(Tensor([1.0], requires_grad=True))
    assert grad_enabled.get()
