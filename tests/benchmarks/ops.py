"""What an operation and a training step cost: python -m tests.benchmarks.ops

One BLAS thread, medians. Bars: dispatch 15 µs; digits 784-128-64-10 80,000 samples/s; a small
convolutional net (16 and 32 kernels 3×3, pooled) 4,000 samples/s, both with batches of 64.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable

import numpy as np

from core.autograd import Tensor, no_grad
from core.autograd import functional as F
from core.kernels.engine import Engine, use_engine
from core.nn import Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential
from core.nn.arena import Arena
from core.optim import make_optimizer
from core.runtime.compute import limit_threads

_BATCH = 64
_SECONDS = 2.0
_WARM_UP = """
import time
from core.kernels.precompile import precompile
began = time.perf_counter()
precompile(lambda done, total, name: None)
print(time.perf_counter() - began)
"""


def main() -> None:
    """Measure and print."""
    limit_threads(1)
    print(f"operation, with a graph (bar: 15 µs)      {_dispatch():9.2f} µs")
    with no_grad():
        print(f"operation, without                        {_dispatch():9.2f} µs")
    print(f"operation and its gradient, in a chain    {_chain():9.2f} µs")
    bars = {_digits: "80,000", _kernels: "4,000"}
    for make, bar in bars.items():
        for engine in ("fast", "reference"):
            for optimizer in ("sgd", "adam"):
                speed = _training(make, optimizer, engine)
                print(
                    f"{make.__name__[1:]:8}{engine:10}{optimizer:5} (bar: {bar:>6})"
                    f"    {speed:12,.0f} samples/s"
                )
    cold, cached = _warm_ups()
    print(f"all kernels compiled, first time          {cold:9.2f} s")
    print(f"all kernels loaded from the cache         {cached:9.2f} s")


def _dispatch() -> float:
    """Microseconds for one addition of two single numbers."""
    a, b = Tensor(np.ones(1, np.float32), requires_grad=True), Tensor(np.ones(1, np.float32))
    calls = 20_000
    rounds = timeit.repeat(lambda: F.add(a, b), number=calls, repeat=5)
    return statistics.median(rounds) / calls * 1e6


def _chain() -> float:
    """Microseconds a node, forward and backward, in a chain of 20,000."""
    x, one = Tensor(np.ones(1, np.float32), requires_grad=True), Tensor(np.ones(1, np.float32))
    nodes = 20_000
    began = time.perf_counter()
    y = x
    for _ in range(nodes):
        y = y + one
    y.backward()
    return (time.perf_counter() - began) / nodes * 1e6


def _digits(rng: np.random.Generator) -> tuple[Module, tuple[int, ...]]:
    """The digits chapter's net and the shape of one sample."""
    return Sequential(
        Linear(784, 128, rng=rng), ReLU(), Linear(128, 64, rng=rng), ReLU(),
        Linear(64, 10, rng=rng),
    ), (784,)  # fmt: skip


def _kernels(rng: np.random.Generator) -> tuple[Module, tuple[int, ...]]:
    """A small convolutional net and the shape of one sample."""
    return Sequential(
        Conv2d(1, 16, 3, rng=rng), ReLU(), MaxPool2d(2),
        Conv2d(16, 32, 3, rng=rng), ReLU(), MaxPool2d(2),
        Flatten(), Linear(32 * 5 * 5, 10, rng=rng),
    ), (1, 28, 28)  # fmt: skip


def _training(
    make: Callable[[np.random.Generator], tuple[Module, tuple[int, ...]]],
    optimizer_name: str,
    engine: Engine,
) -> float:
    """Samples a second of forward, cross-entropy, backward and update, on one batch."""
    rng = np.random.default_rng(0)
    model, shape = make(rng)
    arena = Arena.adopt(model)
    optimizer = make_optimizer(optimizer_name, arena)
    x = rng.random((_BATCH, *shape), np.float32)
    labels = rng.integers(0, 10, _BATCH).astype(np.uint8)

    def step() -> None:
        arena.zero_grad()
        F.cross_entropy(model(Tensor(x)), labels).backward()
        optimizer.step(lr=0.001)

    times = []
    with use_engine(engine):
        for _ in range(5):
            step()
        end = time.perf_counter() + _SECONDS
        while (began := time.perf_counter()) < end:
            step()
            times.append(time.perf_counter() - began)
    return _BATCH / statistics.median(times)


def _warm_ups() -> tuple[float, float]:
    """Seconds to make all kernels ready with an empty cache, and with the one this leaves."""
    with tempfile.TemporaryDirectory() as home:
        first, second = (
            float(
                subprocess.run(
                    [sys.executable, "-c", _WARM_UP],
                    env=os.environ | {"HELLODL_HOME": home, "NUMBA_CACHE_DIR": f"{home}/numba"},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(2)
        )
    return first, second


if __name__ == "__main__":
    main()
