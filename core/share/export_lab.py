"""Exports a recorded run: what a lab file keeps of it."""

from pathlib import Path

import numpy as np

from core.errors import RecordError
from core.record.codec import pack_weights
from core.record.lineage import Lineage
from core.record.schema import RESUMED
from core.share.lab import CURVES, Lab, is_seed_weights, lab_knobs
from core.translation import tr

_MOST_LOOKS, _MOST_SNAPSHOTS = 400, 200


def export_lab(
    path: Path, until: int | None = None, moment: int | None = None, window: bytes = b""
) -> Lab:
    """A recorded run with its ancestors, up to the newest state that it can go on from.

    That is its end where it was paused, and a few seconds before it while it trains. `until` cuts
    it off after that step; `moment` is the step on show; `window` goes into the file as it is.
    Raises LabError when there is no such run, or its chapter has changed.
    """
    with Lineage(path, until) as film:
        states = film.checkpoints[film.checkpoints <= film.last_step]
        if not len(states):
            raise RecordError(
                tr("{name} keeps no state that a lab could go on from.").format(name=path.name)
            )
        end = int(states[-1])
        state = film.file(end).checkpoint(end)
        oldest, about = film.parts[0][0], film.own.about
        first = oldest.about.first_step
        values = {key: knob.default for key, knob in oldest.about.knobs.items()}
        knobs = lab_knobs(about.chapter, values)
        events = tuple(event for event in film.events() if event.step <= end)
        taught = any(
            event.kind in ("lesson", "unlearnt") or event.text == RESUMED for event in events
        )
        seeded = (
            not (first or taught)
            and first in film.checkpoints
            and is_seed_weights(about.chapter, knobs, oldest.checkpoint(first)["theta"])
        )
        curves = film.curves()
        rows = curves["step"] <= end
        looked = np.unique(film.evaluations()["step"]).astype(np.int64)
        looks = [film.evaluation(int(step)) for step in _some(looked[looked <= end], _MOST_LOOKS)]
        moments = film.moments[film.moments < end]
        shown = None if moment is None or moment >= end else film.seek(moment).step
        chosen = {*map(int, _some(moments, _MOST_SNAPSHOTS)), *(() if shown is None else (shown,))}
        return Lab(
            chapter=about.chapter,
            run_id=about.run_id,
            started=oldest.about.started,
            data=about.versions.get("data", ""),
            classes=len(about.classes),
            seeded=seeded,
            knobs=values,
            changes=tuple(change for change in film.knob_changes() if change.step <= end),
            events=events,
            curves={name: curves[name][rows].copy() for name in (*CURVES, *about.batch_metrics)},
            metrics=about.metrics,
            batch_metrics=about.batch_metrics,
            looks=tuple(look for look in looks if look is not None),
            sample=about.sample,
            state=state,
            snapshots={step: pack_weights(film.seek(step).theta) for step in sorted(chosen)},
            moment=shown,
            window=window,
        )


def _some(steps: np.ndarray, most: int) -> np.ndarray:
    """At most so many of them, evenly, first and last among them."""
    if len(steps) <= most:
        return steps
    return np.asarray(steps[np.linspace(0, len(steps) - 1, most).round().astype(np.int64)])
