"""Carries out one plan in a process of its own."""

from dataclasses import dataclass
from multiprocessing.connection import Connection

from core.diagnosis.ab_run import compare
from core.errors import LabError
from core.runtime.compute import ComputeSettings
from core.runtime.headless import StopTraining
from core.search.trial_reporter import StopListener


@dataclass(frozen=True)
class Over:
    """Nothing more comes; the sentence says why where it did not come to its end."""

    sentence: str = ""


def serve(pipe: Connection) -> None:
    """Take a plan, send every pair, and at last an `Over`."""
    plan = pipe.recv()
    ComputeSettings().apply()
    try:
        for pair in compare(plan, StopListener(pipe).listen):
            pipe.send(pair)
    except StopTraining:
        pipe.send(Over("Stopped."))
    except LabError as error:
        pipe.send(Over(str(error)))
    except OSError as error:
        pipe.send(Over(f"The record cannot be read: {error.strerror}."))
    else:
        pipe.send(Over())
