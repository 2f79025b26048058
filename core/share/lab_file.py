"""A lab as one small file: weights, knobs, curve, moment and window, to be opened anywhere.

A zip with `lab.json` and arrays as safetensors: nothing in it is ever run. θ lies in
`weights.safetensors` under torch's names, so that any program can read it.
"""

import io
import json
import zipfile
from pathlib import Path

from core.chapters.registry import chapter
from core.record.codec import unpack_weights
from core.record.models import KnobChange, RunEvent
from core.record.schema import EVENT_KINDS
from core.runtime.compute import ComputeSettings
from core.share.codec import (
    encode_curves,
    encode_evaluations,
    encode_json,
    encode_snapshots,
    encode_state,
    encode_weights,
)
from core.share.file_checks import JsonReader, open_lab_file
from core.share.lab import CURVES, Lab, lab_knobs, network_layout
from core.share.size_limit import LIMIT, fit_to_size
from core.share.weights_hash import weights_sha256
from core.translation import tr

ENDING = ".hdllab"


def pack(lab: Lab, limit: int = LIMIT) -> tuple[bytes, Lab]:
    """The bytes of a lab file, and what of the lab is in them.

    No more than `limit` bytes wherever the weights alone are less: the optimiser's memory goes
    first, then looks, mini-batches and snapshots are thinned out. Raises LabError when the chapter
    has other knobs by now.
    """
    layout = network_layout(lab.chapter, lab_knobs(lab.chapter, lab.knobs))
    kept = fit_to_size(lab, layout, limit)
    parts = {
        "lab.json": encode_json(kept),
        "weights.safetensors": encode_weights(kept, layout),
        "state.safetensors": encode_state(kept),
        "curves.safetensors": encode_curves(kept.curves),
        "looks.safetensors": encode_evaluations(kept, kept.looks),
        "snapshots.safetensors": encode_snapshots(kept.snapshots),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue(), kept


def unpack(path: Path) -> Lab:
    """Open a lab file. Raises LabError with a sentence for whatever is none."""
    with open_lab_file(path) as file:
        words = file.words
        key = chapter(words.text("chapter")).key
        values = words.numbers("knobs")
        knobs = lab_knobs(key, values)
        layout = network_layout(key, knobs)
        theta = file.weights(layout)
        if weights_sha256(theta) != words.text("theta"):
            raise ValueError(tr("its weights are not those that were saved"))
        state = {**words.table("state"), **file.arrays("state"), "theta": theta}
        metrics, batch_metrics = file.metrics()
        curves = file.curves((*CURVES, *batch_metrics))
        reached = JsonReader(state).whole("step")
        if len(curves["step"]) and curves["step"][-1] != reached:
            raise ValueError(tr("its curve does not end where its weights were taken"))
        snapshots = file.snapshots()
        for blob in snapshots.values():
            unpack_weights(blob, layout.size)
        moment = words.whole("moment") if "moment" in words.found else None
        if moment is not None and moment not in snapshots:
            raise ValueError(tr("the moment that it shows is missing"))
        changes = []
        for step, name, value in words.events("changes"):
            if name not in knobs or not isinstance(value, int | float):
                raise ValueError(tr("it changes a setting that does not exist"))
            changes.append(KnobChange(step, name, knobs.knobs[name].coerce(value)))
        classes = words.whole("classes")
        looks, sample = file.looks(classes, tuple(metric.key for metric in metrics))
        return Lab(
            chapter=key,
            run_id=words.text("run_id"),
            started=words.number("started"),
            data=words.text("data"),
            classes=classes,
            seeded=words.flag("seeded"),
            knobs=values,
            changes=tuple(changes),
            events=tuple(_event(*row) for row in words.events("events")),
            curves=curves,
            looks=looks,
            sample=sample,
            state=state,
            snapshots=snapshots,
            metrics=metrics,
            batch_metrics=batch_metrics,
            moment=moment,
            whole=words.flag("whole"),
            thinned=words.flag("thinned"),
            window=words.window(),
        )


def _event(step: int, kind: str, text: object) -> RunEvent:
    if kind not in EVENT_KINDS or not isinstance(text, str):
        raise ValueError(tr("something happened in it that cannot happen"))
    if kind == "computing":
        ComputeSettings(**json.loads(text))
    return RunEvent(step, kind, text[:1000])
