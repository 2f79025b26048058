"""Ours and PyTorch's: the same step on the same numbers, each in a process of its own."""

import importlib
import itertools
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.training.memory import peak_memory
from tests.benchmarks.training.model import Batch
from tests.benchmarks.training.setups import MODELS, Setup

_RATES = {"adam": 1e-5}
_RATE = 5e-4
"""Small, so that noise is not learnt by heart while the clock runs: gradients would become so tiny
that an unprotected processor slows down a hundredfold."""

Weights = dict[str, NDArray[Any]]


class Contender(Protocol):
    """Learns, or reads, `batches_at_once` with each call of `step`."""

    batches_at_once: int
    memory_of_imports: int | None
    lr: float

    @property
    def step(self) -> Callable[[], Any]:
        """Forward, backward and update with the next batch; or forward alone when reading."""

    def losses(self, steps: int) -> list[float]:
        """Take so many steps; their losses, or mean squares of the scores when reading."""

    def weights(self) -> Weights:
        """All parameters by name."""

    def load(self, weights: Weights) -> None:
        """Take other parameters."""


def batches(setup: Setup) -> list[Batch]:
    """The same samples for both sides."""
    rng = np.random.default_rng(7)
    return [MODELS[setup.model].batch(rng, setup.batch) for _ in range(setup.first_steps)]


class Ours:
    """Our core with its fast engine."""

    batches_at_once = 1

    def __init__(self, setup: Setup) -> None:
        from core.autograd import Tensor, no_grad
        from core.autograd import functional as F
        from core.kernels import numba  # noqa: F401  (loaded here, it counts among the imports)
        from core.nn.arena import Arena
        from core.optim import make_optimizer
        from core.runtime.compute import limit_threads

        self.memory_of_imports = peak_memory()
        limit_threads(setup.threads)
        model = MODELS[setup.model]
        net = model.ours(np.random.default_rng(0))
        arena = Arena.adopt(net)
        given = itertools.cycle([(Tensor(x), y) for x, y in batches(setup)])
        self._net = net
        self.lr = _RATES.get(setup.doing, _RATE)
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

    def losses(self, steps: int) -> list[float]:
        """See `Contender`."""
        return [as_number(self.step().numpy()) for _ in range(steps)]

    def weights(self) -> Weights:
        """See `Contender`."""
        return {name: array.copy() for name, array in self._net.state_dict().items()}

    def load(self, weights: Weights) -> None:
        """See `Contender`."""
        self._net.load_state_dict(weights)


class OursWithoutGraph:
    """Our kernel for plain descent, one sample at a time: a call takes all samples in turn.

    “deferred” puts off the first layer's updates for twenty samples, and corrects for it exactly.
    """

    _blocks: ClassVar = {"online": 1, "deferred": 20}

    def __init__(self, setup: Setup) -> None:
        from core.kernels import numba
        from core.runtime.compute import limit_threads
        from core.training.online import mlp_arrays

        self.memory_of_imports = peak_memory()
        limit_threads(setup.threads)
        model = MODELS[setup.model]
        self.lr = _RATE
        self._net = model.ours(np.random.default_rng(0))
        layers = mlp_arrays(self._net, model.loss)
        assert layers is not None
        samples = batches(setup)
        x, targets = (np.concatenate(arrays) for arrays in zip(*samples, strict=True))
        self.batches_at_once = len(samples)
        block = self._blocks[setup.doing]

        def learn() -> NDArray[Any]:
            losses, _ = numba.online_descent(*layers, x, targets, self.lr, model.loss, block)
            return losses

        self.step: Callable[[], Any] = learn

    def losses(self, steps: int) -> list[float]:
        """See `Contender`."""
        assert steps == self.batches_at_once
        return [float(loss) for loss in self.step()]

    def weights(self) -> Weights:
        """See `Contender`."""
        return {name: array.copy() for name, array in self._net.state_dict().items()}

    def load(self, weights: Weights) -> None:
        """See `Contender`."""
        self._net.load_state_dict(weights)


class Theirs:
    """PyTorch, eager. Raises ModuleNotFoundError where it is not installed."""

    batches_at_once = 1

    def __init__(self, setup: Setup) -> None:
        torch: Any = importlib.import_module("torch")
        self._from_numpy = torch.from_numpy
        self.memory_of_imports = peak_memory()
        torch.set_num_threads(setup.threads)
        model = MODELS[setup.model]
        net = model.theirs(torch.nn)
        given = itertools.cycle(
            [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches(setup)]
        )
        self._net = net
        self.lr = _RATES.get(setup.doing, _RATE)
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

    def losses(self, steps: int) -> list[float]:
        """See `Contender`."""
        return [as_number(self.step().detach().numpy()) for _ in range(steps)]

    def weights(self) -> Weights:
        """See `Contender`."""
        return {name: tensor.numpy().copy() for name, tensor in self._net.state_dict().items()}

    def load(self, weights: Weights) -> None:
        """See `Contender`."""
        self._net.load_state_dict({name: self._from_numpy(a) for name, a in weights.items()})


def make(side: str, setup: Setup) -> Contender:
    """“ours” or “theirs”."""
    if side == "theirs":
        return Theirs(setup)
    return OursWithoutGraph(setup) if setup.doing in ("online", "deferred") else Ours(setup)


def as_number(result: NDArray[Any]) -> float:
    """A loss itself; of scores their mean square, which any wrong one changes."""
    return float(result) if result.size == 1 else float(np.mean(np.square(result)))
