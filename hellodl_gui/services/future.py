"""Something slow, begun on a thread of its own."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Begins at once. Dropping it is no harm: what it finds out is then never asked for."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._found: list[T] = []
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:  # told to whoever asks for the result
            self._failed = error

    def wait(self, seconds: float) -> bool:
        """Whether it is over, after waiting for so long at most."""
        self._thread.join(seconds)
        return self.over

    @property
    def over(self) -> bool:
        """Whether there is a result, or an error in its place."""
        return not self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether `result` would raise; False while nobody knows."""
        return self.over and self._failed is not None

    def result(self) -> T:
        """What was found out; waits for it. Raises what the work raised."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._found[0]
