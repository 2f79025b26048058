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
    """`then(number, probe, arguments)` for each question."""
    on_command(state, ProbeRequest, lambda it: then(it.request_id, it.probe, it.arguments))
