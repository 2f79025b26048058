"""The runs of a study carry its name as a tag, so that they are found again among all runs."""

from dataclasses import replace
from pathlib import Path

from core.errors import RecordError
from core.record.library import Catalog
from core.record.reader import summarise_record


def tag(record: Path, name: str) -> None:
    """Give the run in this file a tag. Raises RecordError when that cannot be."""
    summary = summarise_record(record)
    if summary.about is None:
        raise RecordError(summary.problem)
    catalog, run_id = Catalog(), summary.about.run_id
    remark = catalog[run_id].with_tag(name)
    catalog.put(run_id, replace(remark, automatic=(*remark.automatic, name)))
