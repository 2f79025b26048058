"""Comparison: an A/B run in a process of its own, polled without blocking."""

from core.diagnosis.ab_run import COMPARISONS, ComparisonPlan, LossPair, helps, relative_gain
from core.diagnosis.worker import run_comparison
from core.runtime.process_worker import ProcessExited, ProcessWorker
from core.search.messages import Finished

_AT_ONCE = 50  # messages taken at one look


class Comparison:
    """Both arms of a plan in one process. `start`, then `poll` until `running` is False.

    Attributes: `plan`; `pairs`, what is known; `problem`, a sentence where it did not come to its
    end; `cancelled`.
    """

    def __init__(self, plan: ComparisonPlan) -> None:
        self.plan = plan
        self.pairs: list[LossPair] = []
        self.problem = ""
        self.cancelled = False
        self._worker: ProcessWorker | None = None
        self._over = False

    def start(self) -> None:
        """Start the process; it goes on by itself."""
        self._worker = ProcessWorker(run_comparison)
        self._worker.send(self.plan)

    @property
    def running(self) -> bool:
        """Whether there is more to poll for."""
        return self._worker is not None

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return 0.0 if not self.pairs else min((len(self.pairs) - 1) / COMPARISONS, 1.0)

    @property
    def proven(self) -> bool | None:
        """Whether the fix helps, by the mean of the last three looks; None while unknown."""
        if self.running or self.cancelled or self.problem or len(self.pairs) < 2:
            return None
        return helps(self.pairs)

    @property
    def gain(self) -> float:
        """By how much the loss is lower with the fix: see `relative_gain`."""
        return relative_gain(self.pairs)

    def poll(self) -> bool:
        """Take in what was said; whether there is anything new."""
        worker = self._worker
        if worker is None:
            return False
        said = worker.receive(_AT_ONCE)
        for message in said:
            match message:
                case LossPair():
                    self.pairs.append(message)
                case Finished(sentence=sentence):
                    self.problem = "" if self.cancelled else sentence
                    self._over = True
                    worker.ask_to_stop()
                case ProcessExited():
                    self._worker = None
                    if not self._over and not self.cancelled:
                        self.problem = message.sentence
        return bool(said)

    def cancel(self) -> None:
        """Stop within a second; go on polling until it no longer runs."""
        self.cancelled = True
        if self._worker is not None:
            self._worker.ask_to_stop()

    def close(self) -> None:
        """End the process now."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
