"""Rules about the course of training: warm-up, schedule, averaging, large batches, early stops."""

import math

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint, fact
from core.diagnosis.run_summary import Trend, loss_fact
from core.diagnosis.typical_values import (
    higher_rate,
    relative_rate,
    samples_per_step,
    typical_batch,
    typical_rate,
)
from core.formatting import format_number as number
from core.formatting import format_percent as percent
from core.translation import tr

_SKILLED = 0.9
_FADED, _MOSTLY = 1 / 15, 0.35
_OVER, _AVERAGED_FROM = 300.0, 150
_LARGE, _FEW, _FEWEST, _HALF = 8.0, 400, 20, 0.5


def long_warmup(evidence: Evidence, trend: Trend) -> Hint | None:
    """The rate is still a small part of what the knob says, for a long time to come."""
    knobs, used = evidence.knobs, evidence.recent("lr")
    if "warmup" not in knobs or not len(used) or not trend.enough or evidence.failure:
        return None
    left = knobs["warmup"] - evidence.step
    if left < evidence.step or used[-1] > knobs["lr"] / 2 or trend.accuracy >= _SKILLED:
        return None
    if not trend.hardly_learning:
        return None
    return Hint(
        "warmup-long",
        "Warm-up too long",
        tr(
            "The learning rate is still rising: {used} after {step:,} steps, on its way to "
            "{lr} at step {warmup:,.0f}. Turn the warm-up off."
        ).format(
            used=number(used[-1], 2),
            step=evidence.step,
            lr=number(knobs["lr"], 3),
            warmup=knobs["warmup"],
        ),
        (
            fact("curves", "The rate was {used} at the last mini-batch.", used=number(used[-1], 2)),
            loss_fact(trend),
        ),
        Fix({"warmup": 0.0}),
        0.9,
    )


def early_decay(evidence: Evidence, trend: Trend) -> Hint | None:
    """The schedule has made the rate tiny while there was much to learn."""
    knobs, used = evidence.knobs, evidence.curves["lr"]
    if "schedule" not in knobs or not len(used) or not trend.enough or evidence.failure:
        return None
    top = float(used.max())
    faded = float((used < _FADED * top).mean())
    if knobs.name_of("schedule") == "constant" or used[-1] > _FADED * top or faded < _MOSTLY:
        return None
    if used[0] < _FADED * top and used[-1] >= used[0]:  # still rising
        return None
    if trend.accuracy >= _SKILLED or not trend.last > 0.1 * trend.start:
        return None
    name = knobs.name_of("schedule")
    values = {"schedule": 0.0}
    how = tr("Go on at a constant rate.")
    if knobs["lr"] < typical_rate(knobs) / 3:
        values["lr"] = higher_rate(knobs)
        how = tr("Go on at a constant rate of {lr}.").format(
            lr=knobs.knobs["lr"].text(values["lr"])
        )
    return Hint(
        "rate-decayed",
        "Learning rate decayed too soon",
        tr(
            "The schedule “{name}” has brought the rate down to {used}, and training stands "
            "still. {how}"
        ).format(name=name, used=number(used[-1], 2), how=how),
        (
            fact(
                "curves",
                "For {faded} of all mini-batches the rate was below a fifteenth of its "
                "highest, {top}.",
                faded=percent(faded, 0),
                top=number(top, 3),
            ),
            fact(
                "curves",
                "The loss is {last}; {accuracy} of the test set are read right.",
                last=number(trend.last, 3),
                accuracy=percent(trend.accuracy, 0),
            ),
        ),
        Fix(values),
        0.9,
    )


def slow_averaging(evidence: Evidence, trend: Trend) -> Hint | None:
    """The test set is read with weights from long ago."""
    knobs = evidence.knobs
    if knobs.get("ema", 1.0) < _OVER or evidence.step < _AVERAGED_FROM or evidence.failure:
        return None
    if evidence.condition is None:
        looks = evidence.recent_looks("loss")
        newest, averaged = trend.last, float(looks[-1]) if len(looks) else math.nan
    else:
        losses = evidence.condition.losses
        newest, averaged = losses.newest, losses.averaged
    if not (averaged > 1.15 * newest and averaged - newest > 0.01 * trend.start):
        return None
    return Hint(
        "averaging-slow",
        "Averaged over too many steps",
        tr(
            "The test set is read with the mean of about the last {ema:,.0f} weights, which "
            "are far behind the newest. Average over fewer steps, or none."
        ).format(ema=knobs["ema"]),
        (
            fact(
                "curves",
                "On the test set the loss is {averaged} with averaged weights and {newest} "
                "with the newest.",
                averaged=number(averaged, 3),
                newest=number(newest, 3),
            ),
        ),
        Fix({"ema": 1.0}),
        0.9,
    )


def large_batch(evidence: Evidence, trend: Trend) -> Hint | None:
    """So many samples share a step that there are too few steps."""
    knobs = evidence.knobs
    epochs = float(evidence.curves["epoch"][-1]) if trend.count else 0.0
    many = trend.enough or (trend.count >= _FEWEST and epochs >= _HALF)
    if not evidence.descends or not many or evidence.failure:
        return None
    samples, usual = samples_per_step(knobs), typical_batch(knobs)
    if samples < _LARGE * usual or trend.count > _FEW or trend.accuracy >= _SKILLED:
        return None
    leapt = trend.at_chance and trend.peak > 1.5 * trend.start
    if trend.gradient_gone or leapt or relative_rate(knobs) < 0.2:
        return None
    values = {"batch_size": usual}
    if "accumulate" in knobs:
        values["accumulate"] = 1.0
    changed = {key: value for key, value in values.items() if knobs[key] != value}
    return Hint(
        "batch-large",
        "Too many samples per step",
        tr(
            "{samples:,.0f} samples share a step, so {epochs} epochs were only {count:,} "
            "steps. Take {usual} samples."
        ).format(samples=samples, epochs=number(epochs, 3), count=trend.count, usual=number(usual)),
        (loss_fact(trend),),
        Fix(changed),
        0.85,
    )


def early_stop(evidence: Evidence, trend: Trend) -> Hint | None:
    """Training came to its end before there was much learnt."""
    knobs = evidence.knobs
    if not evidence.finished or evidence.failure or trend.accuracy >= 0.95:
        return None
    epochs = evidence.curves["epoch"]
    if len(epochs) and epochs[-1] >= knobs.get("epochs", math.inf):
        return None
    goal = knobs.get("stop_at", 1.0)
    if goal < 0.95 and trend.accuracy > goal:
        default = knobs.knobs["stop_at"].default
        fix, why = (
            Fix({"stop_at": default}),
            tr("“{label}” is {goal}").format(
                label=tr(knobs.knobs["stop_at"].label), goal=percent(goal, 0)
            ),
        )
    elif knobs.get("patience"):
        fix = Fix({"patience": 0.0})
        why = tr("{patience:.0f} tests in a row brought no improvement").format(
            patience=knobs["patience"]
        )
    else:
        return None
    return Hint(
        "stopped-early",
        "Stopped too early",
        tr("Training stopped by itself because {why}. Change that and go on.").format(why=why),
        (
            fact(
                "curves",
                "It stopped after {epochs} epochs, with {accuracy} of the test set read right.",
                epochs=number(epochs[-1] if len(epochs) else 0, 3),
                accuracy=percent(trend.accuracy, 1),
            ),
        ),
        fix,
        0.85,
    )
