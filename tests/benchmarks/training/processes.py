"""A contender in a process of its own, which sleeps until it is asked."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from core.errors import LabError
from tests.benchmarks.training.bench import Bench
from tests.benchmarks.training.setups import Setup


class Process:
    """A contender elsewhere; `ask` calls a method of its `Bench`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def ask(self, question: str, *arguments: Any) -> Any:
        """What the method returns. Raises LabError with what went wrong there."""
        self._pipe.send((question, arguments))
        return self._answer()

    def begin(self) -> bool:
        """Wait until it is ready; False if its library is not installed."""
        return bool(self._answer())

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError as error:
            raise LabError("A contender stopped; its own message is above.") from error


def _serve(pipe: Connection, side: str, setup: Setup) -> None:
    try:
        bench = Bench(side, setup)
    except ModuleNotFoundError as error:
        if side == "ours" or error.name != "torch":
            raise
        pipe.send(False)
        return
    pipe.send(True)
    while (message := pipe.recv()) is not None:
        question, arguments = message
        pipe.send(getattr(bench, question)(*arguments))


@contextmanager
def contender(side: str, setup: Setup) -> Iterator[Process | None]:
    """A process that is ready to answer, or None where its library is missing."""
    context = multiprocessing.get_context("spawn")
    pipe, far_end = context.Pipe()
    child = context.Process(target=_serve, args=(far_end, side, setup), daemon=True)
    child.start()
    far_end.close()
    process = Process(pipe)
    try:
        if process.begin():
            yield process
            pipe.send(None)
        else:
            yield None
        child.join(5)
    finally:
        child.terminate()
        child.join()
        pipe.close()
