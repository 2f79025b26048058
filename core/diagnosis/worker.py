"""Process of an A/B comparison: takes one plan, sends losses. Importing it loads nothing heavy."""

import os
from multiprocessing.connection import Connection

from core.formatting import tr_format
from core.runtime.compute import limit_threads
from core.translation import tr

_NICENESS = 5  # steps behind whoever trains in the window


def run_comparison(pipe: Connection) -> None:
    """Entry point: takes a plan, sends every LossPair, and at last a Finished."""
    limit_threads(1)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    from core.diagnosis.ab_run import compare
    from core.errors import LabError
    from core.runtime.compute import ComputeSettings
    from core.runtime.headless import StopTraining
    from core.search.messages import Finished
    from core.search.trial_reporter import StopListener

    plan = pipe.recv()
    ComputeSettings().apply()
    try:
        for pair in compare(plan, StopListener(pipe).listen):
            pipe.send(pair)
    except StopTraining:
        pipe.send(Finished(tr("Stopped.")))
    except LabError as error:
        pipe.send(Finished(str(error)))
    except OSError as error:
        pipe.send(Finished(tr_format("The record cannot be read: {strerror}.", error)))
    else:
        pipe.send(Finished())
