"""Profiler: forward and backward time of every node, and the gradient that arrives at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from numpy.typing import NDArray

from core.autograd.context import profiler
from core.autograd.tape import Node
from core.autograd.tensor import raw


class Time(NamedTuple):
    """Seconds that a node took forward and backward; None where it was not measured."""

    forward: float | None
    backward: float | None

    def __add__(self, other: Any) -> "Time":
        """Both together."""
        return Time(_sum(self.forward, other.forward), _sum(self.backward, other.backward))


class Profile:
    """Times and gradients of the nodes that ran forward or backward inside a `profile()` block.

    Gradients are kept by reference, and with them the nodes, for as long as this object lives.
    """

    def __init__(self) -> None:
        self._forward: dict[Node, float] = {}
        self._backward: dict[Node, float] = {}
        self._gradients: dict[Node, NDArray[Any]] = {}

    def time(self, node: Node) -> Time | None:
        """What a node cost, None when it never ran. Several backward passes add up."""
        found = Time(self._forward.get(node), self._backward.get(node))
        return None if found == (None, None) else found

    def gradient(self, node: Node) -> NDArray[Any] | None:
        """The gradient that last arrived at a node, in the shape of its value."""
        return self._gradients.get(node)

    def forward(self, node: Node, seconds: float) -> None:
        """A node was computed."""
        self._forward[node] = seconds

    def backward(self, node: Node, arriving: Any, seconds: float) -> None:
        """The pullback of a node ran."""
        self._backward[node] = self._backward.get(node, 0.0) + seconds
        self._gradients[node] = raw(arriving)


@contextmanager
def profile() -> Iterator[Profile]:
    """Profile every node that runs in this block, and keep the inner gradients.

    with profile() as seen:
        loss = model(x).mean()
        loss.backward()
    graph(loss, model, profile=seen)
    """
    before = profiler.set(seen := Profile())
    try:
        yield seen
    finally:
        profiler.reset(before)


def _sum(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else a + b
