"""Future: the result of a function that runs on a daemon thread of its own."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Future(Generic[T]):
    """Starts `work` at once. It may be dropped; its result is then lost."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # raised by `result`
            self._failed = error

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; whether it is done."""
        self._thread.join(seconds)
        return self.done

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return not self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether it is done and `result` would raise."""
        return self.done and self._failed is not None

    def result(self) -> T:
        """The result; waits for it. Raises what the work raised."""
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        return self._result[0]
