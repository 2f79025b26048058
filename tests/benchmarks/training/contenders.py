"""Ours and PyTorch's: the same step on the same numbers, each in a process of its own."""

import gc
import importlib
import itertools
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.training.model import Batch
from tests.benchmarks.training.setups import MODELS, Setup

_BATCHES = 4
_RATES = {"sgd": 0.05, "momentum": 0.05, "adam": 1e-3, "reading": 0.0}
_WHILE_TIMED = 0.01
"""The share of the rate that is used while the clock runs: noise must not be learnt by heart, or
the gradients become so small that an unprotected processor slows down a hundredfold."""

Weights = dict[str, NDArray[Any]]


class Contender(Protocol):
    """Learns, or reads, one batch at each step."""

    lr: float

    def step(self) -> Any:
        """The next batch: forward, backward and update; returns the loss. When reading, scores."""

    def loss(self) -> float:
        """Take a step and say its loss; when reading, the mean square of the scores."""

    def weights(self) -> Weights:
        """All parameters by name."""

    def load(self, weights: Weights) -> None:
        """Take other parameters."""


def batches(setup: Setup) -> list[Batch]:
    """The same samples for both sides."""
    rng = np.random.default_rng(7)
    return [MODELS[setup.model].batch(rng, setup.batch) for _ in range(_BATCHES)]


class Ours:
    """Our core with its fast engine."""

    def __init__(self, setup: Setup) -> None:
        from core.autograd import Tensor, no_grad
        from core.autograd import functional as F
        from core.kernels import fast  # noqa: F401  (its import belongs to the imports)
        from core.kernels.arena import Arena
        from core.optim import make_optimizer
        from core.runtime.threads import limit_threads

        self.memory_of_imports = peak_memory()
        limit_threads(setup.threads)
        model = MODELS[setup.model]
        net = model.ours(np.random.default_rng(0))
        arena = Arena.adopt(net)
        given = itertools.cycle([(Tensor(x), y) for x, y in batches(setup)])
        self._net = net
        self.lr = _RATES[setup.doing]
        loss_of = getattr(F, model.loss)

        def read() -> Any:
            x, _ = next(given)
            with no_grad():
                return model.scores(net, x)

        if setup.doing == "reading":
            net.eval()
            self.step: Callable[[], Any] = read
            return
        optimizer = make_optimizer(setup.doing, arena)

        def learn() -> Any:
            x, y = next(given)
            arena.zero_grad()
            loss = loss_of(model.scores(net, x), y)
            loss.backward()
            optimizer.step(self.lr, momentum=0.9)
            return loss

        self.step = learn

    def loss(self) -> float:
        """See `Contender`."""
        return as_number(self.step().numpy())

    def weights(self) -> Weights:
        """See `Contender`."""
        return {name: array.copy() for name, array in self._net.state_dict().items()}

    def load(self, weights: Weights) -> None:
        """See `Contender`."""
        self._net.load_state_dict(weights)


class Theirs:
    """PyTorch, eager. Raises ImportError where it is not installed."""

    def __init__(self, setup: Setup) -> None:
        torch: Any = importlib.import_module("torch")
        self._torch = torch
        self.memory_of_imports = peak_memory()
        torch.set_num_threads(setup.threads)
        model = MODELS[setup.model]
        net = model.theirs(torch.nn)
        given = itertools.cycle(
            [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches(setup)]
        )
        self._net = net
        self.lr = _RATES[setup.doing]
        loss_of = {
            "cross_entropy": torch.nn.functional.cross_entropy,
            "squared_error": torch.nn.MSELoss(reduction="sum"),
        }[model.loss]

        def read() -> Any:
            x, _ = next(given)
            with torch.inference_mode():
                return model.scores(net, x)

        if setup.doing == "reading":
            net.eval()
            self.step: Callable[[], Any] = read
            return
        if setup.doing == "adam":
            optimizer = torch.optim.Adam(net.parameters(), lr=self.lr)
        else:
            momentum = 0.9 if setup.doing == "momentum" else 0.0
            optimizer = torch.optim.SGD(net.parameters(), lr=self.lr, momentum=momentum)
        (group,) = optimizer.param_groups

        def learn() -> Any:
            x, y = next(given)
            group["lr"] = self.lr
            optimizer.zero_grad()
            loss = loss_of(model.scores(net, x), y)
            loss.backward()
            optimizer.step()
            return loss

        self.step = learn

    def loss(self) -> float:
        """See `Contender`."""
        return as_number(self.step().detach().numpy())

    def weights(self) -> Weights:
        """See `Contender`."""
        return {name: tensor.numpy().copy() for name, tensor in self._net.state_dict().items()}

    def load(self, weights: Weights) -> None:
        """See `Contender`."""
        from_numpy = self._torch.from_numpy
        self._net.load_state_dict({name: from_numpy(array) for name, array in weights.items()})


SIDES: dict[str, Callable[[Setup], Ours | Theirs]] = {"ours": Ours, "theirs": Theirs}


class Bench:
    """Answers questions about one contender."""

    def __init__(self, side: str, setup: Setup) -> None:
        self._contender = SIDES[side](setup)

    def weights(self) -> Weights:
        """All parameters by name."""
        return self._contender.weights()

    def first_steps(self, weights: Weights, steps: int) -> tuple[list[float], Weights]:
        """Begin at these parameters: the losses of so many steps, and where they lead."""
        self._contender.load(weights)
        losses = [self._contender.loss() for _ in range(steps)]
        self._contender.lr *= _WHILE_TIMED
        return losses, self._contender.weights()

    def processor_time(self) -> float:
        """Seconds that this process computed so far, on all cores together."""
        return time.process_time()

    def turn(self, seconds: float) -> list[float]:
        """Seconds of single steps, for about so long; the two first, in cold caches, not told."""
        step = self._contender.step
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < 5 or time.perf_counter() < end:
            began = time.perf_counter()
            step()
            times.append(time.perf_counter() - began)
        return times[2:]

    def memory(self, steps: int) -> tuple[int, int] | None:
        """Largest size of the process after so many steps and right after its imports, in bytes."""
        for _ in range(steps):
            self._contender.step()
        peak, imports = peak_memory(), self._contender.memory_of_imports
        return None if peak is None or imports is None else (peak, imports)

    def growth(self, steps: int) -> tuple[float, float]:
        """Bytes of Python and numpy that stay behind after a step, and the rest's, on average."""
        for _ in range(steps // 4):
            self._contender.step()
        tracemalloc.start()
        for _ in range(steps // 4):
            self._contender.step()
        gc.collect()
        before, process_before = tracemalloc.get_traced_memory()[0], peak_memory() or 0
        for _ in range(steps):
            self._contender.step()
        gc.collect()
        after, process_after = tracemalloc.get_traced_memory()[0], peak_memory() or 0
        tracemalloc.stop()
        return (after - before) / steps, (process_after - process_before) / steps


def as_number(result: NDArray[Any]) -> float:
    """A loss itself; of scores their mean square, which any wrong one changes."""
    return float(result) if result.size == 1 else float(np.mean(np.square(result)))


def peak_memory() -> int | None:
    """The largest size in memory this process ever had, in bytes; None where no one keeps it."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
