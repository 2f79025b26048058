"""Where the processes of races and studies begin. Importing it loads nothing heavy."""

from multiprocessing.connection import Connection

from core.runtime.compute import limit_threads


def train_runs(pipe: Connection) -> None:
    """The process of a race."""
    limit_threads(1)
    from core.search.trial_worker import serve

    serve(pipe)


def search(pipe: Connection) -> None:
    """The process of a study."""
    limit_threads(1)
    from core.search.search_worker import serve

    serve(pipe)
