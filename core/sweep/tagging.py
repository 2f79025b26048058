"""The runs of a study carry its name as a tag, so that they are found again among all runs."""

from pathlib import Path

from optuna.storages.journal import JournalFileOpenLock

from core.errors import RecordError
from core.record.catalog import Catalog
from core.record.reader import summarise

_LOCK_LOST_AFTER = 10  # seconds; it is held for milliseconds


def tag(record: Path, name: str) -> None:
    """Give the run in this file a tag. Raises RecordError when that cannot be.

    A catalogue is read, changed and written: the processes of a study do so one after the other,
    lest one forgets what another has said meanwhile.
    """
    summary = summarise(record)
    if summary.about is None:
        raise RecordError(summary.problem)
    catalog = Catalog()
    lock = JournalFileOpenLock(str(catalog.path), grace_period=_LOCK_LOST_AFTER)
    try:
        lock.acquire()
    except OSError as error:
        raise RecordError(f"The run could not be tagged “{name}”: {error.strerror}.") from error
    try:
        catalog.refresh()
        run_id = summary.about.run_id
        catalog.put(run_id, catalog[run_id].with_tag(name))
    finally:
        lock.release()
