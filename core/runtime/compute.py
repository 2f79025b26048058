"""Compute settings: compiled kernels or readable numpy, on one core or two."""

import os
from dataclasses import dataclass

from core.errors import LabError
from core.kernels.engine import Engine, set_engine
from core.kernels.threads import HALVES, set_threads
from core.translation import tr

ENGINES: dict[Engine, str] = {"fast": "compiled code", "reference": "readable numpy"}
"""Every engine with its name for people."""


@dataclass(frozen=True)
class ComputeSettings:
    """An engine and the number of cores that it may use. Both engines give the same numbers.

    Raises LabError for an engine or a number of cores that there is not.
    """

    engine: Engine = "fast"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise LabError(
                tr("There is no engine “{engine}”; there are {engines}.").format(
                    engine=self.engine, engines=", ".join(ENGINES)
                )
            )
        if not 1 <= self.threads <= HALVES:
            raise LabError(
                tr("{threads} cores cannot be used; choose 1 or {halves}.").format(
                    threads=self.threads, halves=HALVES
                )
            )

    def apply(self) -> None:
        """Compute so from here on, in the calling thread."""
        set_engine(self.engine)
        set_threads(self.threads)

    def card(self) -> dict[str, str | int]:
        """As it is written beside results and weights."""
        return {"engine": self.engine, "threads": self.threads}


def default_compute_settings() -> ComputeSettings:
    """The compiled kernels, and all cores but the one that the window needs, at most two."""
    return ComputeSettings(threads=max(1, min(HALVES, (os.cpu_count() or 1) - 1)))


def limit_threads(threads: int) -> None:
    """Compute on one core or two in this thread from here on, and let BLAS have one.

    BLAS threads beside our own make both slower.
    """
    import numpy as np  # noqa: F401  (loads BLAS, so that there is something to limit)
    import threadpoolctl

    set_threads(threads)
    threadpoolctl.threadpool_limits(1)
