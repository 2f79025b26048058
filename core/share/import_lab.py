"""Imports a lab file: writes a record that can be watched, rewound and continued."""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from core.chapters.registry import chapter
from core.errors import LabError, RecordError
from core.knobs import Knobs
from core.record.models import RunInfo, with_defaults_at
from core.record.reader import RunFile
from core.record.retention import PART_SUFFIX, make_room
from core.record.run_description import describe_data
from core.record.schema import SUFFIX, run_folder
from core.record.store import Store
from core.record.use_lock import UseLock
from core.share.lab import CURVES, Lab, lab_knobs
from core.share.lab_file import unpack
from core.training.checkpoint import State
from core.training.trainer import Trainer
from core.translation import tr

THINNED = "thinned"
"""What a record's `versions` say of its “curve” where it lacks mini-batches."""


def open_lab(
    path: Path, folder: Path | None = None, say: Callable[[str], object] = lambda sentence: None
) -> tuple[Lab, Path]:
    """The lab in a file, and its record where runs are recorded. Raises LabError.

    `say` hears which runs were deleted to make room.
    """
    lab = unpack(path)
    try:
        return lab, write_record(lab, folder, say)
    except LabError as error:
        raise type(error)(
            tr("“{name}” cannot be opened as a lab: {error} Choose another lab.").format(
                name=path.name, error=error
            )
        ) from error


def write_record(
    lab: Lab, folder: Path | None = None, say: Callable[[str], object] = lambda sentence: None
) -> Path:
    """Write the record of a lab into `folder`, where runs are recorded; its path.

    The same lab is written once. Raises LabError when the state does not belong to the chapter and
    its data, when those are missing, and when the disk refuses.
    """
    knobs = lab_knobs(lab.chapter, lab.knobs)
    run = Trainer(chapter(lab.chapter).task, knobs)
    if len(run.data.test.classes) != lab.classes or (lab.sample >= len(run.data.test)).any():
        raise RecordError(
            tr(
                "The lab was tested on different data ({data}) than its chapter has here. "
                "Load that data in the Data panel."
            ).format(data=lab.data[:100])
        )
    start = run.state_dict() if lab.seeded else None
    run.load_state_dict(lab.state)
    # The same for the same lab, and no other run's.
    said = f"{lab.run_id} {lab.step} {lab.moment}".encode() + lab.theta.tobytes()
    run_id = hashlib.sha256(said).hexdigest()[:32]
    try:
        folder = folder or run_folder()
        if cleared := make_room(folder).sentence:
            say(cleared)
        stamp = time.strftime("%Y-%m-%d %H.%M.%S", time.localtime(lab.started))
        path = folder / f"{stamp} {lab.chapter} {run_id[:8]}{SUFFIX}"
        if _is_there(path, run_id):
            return path
        beside = path.with_name(f".{path.name}{PART_SUFFIX}")
        beside.unlink(missing_ok=True)
        using = UseLock([beside])
        store = Store(beside)
        try:
            _write(store, lab, run, knobs, run_id, start)
            store.close()
            os.replace(beside, path)
        except BaseException:
            store.discard()
            raise
        finally:
            using.release()
    except (OSError, sqlite3.Error, ValueError, OverflowError) as error:
        raise LabError(
            tr(
                "The lab's run could not be written to {folder}: {error}. Make room on the "
                "disk, or allow writing there."
            ).format(folder=folder, error=error)
        ) from error
    return path


def _is_there(path: Path, run_id: str) -> bool:
    try:
        with RunFile(path) as film:
            return film.about.run_id == run_id
    except RecordError:
        return False


def _write(
    store: Store, lab: Lab, run: Trainer, knobs: Knobs, run_id: str, start: State | None
) -> None:
    steps = lab.curves["step"]
    first_step = int(steps[0]) - 1 if len(steps) and not lab.seeded else 0
    store.add_run(
        RunInfo(
            run_id=run_id,
            chapter=lab.chapter,
            seed=int(knobs.get("seed", 1)),
            started=lab.started,
            versions={"data": lab.data, **({"curve": THINNED} if lab.thinned else {})},
            layout=run.arena.layout,
            classes=run.data.test.classes,
            sample=lab.sample,
            first_step=first_step,
            first_samples=0,
            knobs=with_defaults_at(knobs),
            parent=None,
            spec=describe_data(run.data.test),
            metrics=lab.metrics,
            batch_metrics=lab.batch_metrics,
        )
    )
    for change in lab.changes:
        store.add("knob_changes", **asdict(change))
    for event in lab.events:
        store.add("events", **asdict(event))
    samples_of = dict(zip(lab.curves["step"], lab.curves["samples"], strict=True))
    length = len(run.data.train)
    for look in lab.looks:
        epoch = samples_of.get(look.step, 0.0) / length
        store.add_evaluation(replace(look, epoch=epoch), seconds=0.0)
    columns = [lab.curves[name].tolist() for name in (*CURVES, *lab.batch_metrics)]
    for step, samples, *rest in zip(*columns, strict=True):
        measured, values = rest[: len(CURVES) - 2], rest[len(CURVES) - 2 :]
        metrics = dict(zip(lab.batch_metrics, values, strict=True))
        store.add_step((int(step), samples / length, int(samples), *measured), metrics)
    for step, blob in lab.snapshots.items():
        store.put_snapshot(step, blob)
    if start is not None:
        store.put_snapshot(0, start["theta"])
        store.put_checkpoint(0, start, pinned=True)
    store.put_snapshot(run.step, lab.theta)
    store.put_checkpoint(run.step, run.state_dict(), pinned=True)
