"""Listening to the commands that the window sends."""

from collections.abc import Callable
from typing import Any, TypeVar

from core.runtime.protocol import ProbeRequest
from hellodl_gui.state.lab import LabState

T = TypeVar("T")


def on_command(state: LabState, kind: type[T], then: Callable[[T], object]) -> None:
    """`then(command)` for each command of a kind."""

    def hear(command: object) -> None:
        if isinstance(command, kind):
            then(command)

    state.command_sent.connect(hear)


def on_probe(state: LabState, then: Callable[..., Any]) -> None:
    """`then(number, probe, arguments, theta)` for each question; θ of a past moment, or None."""

    def ask(request: ProbeRequest) -> None:
        weights = state.timeline.weights if request.from_board else None
        theta = None if weights is None else weights.theta
        then(request.request_id, request.probe, request.arguments, theta)

    on_command(state, ProbeRequest, ask)
