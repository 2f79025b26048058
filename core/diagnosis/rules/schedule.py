"""Rules about the course of training: warm-up, schedule, averaging, large batches, early stops."""

import math

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import (
    higher_rate,
    relative_rate,
    samples_per_step,
    typical_batch,
    typical_rate,
)
from core.formatting import tr_format
from core.translation import tr

_SKILLED = 0.9
_LEFT = 0.25  # of the loss: then there was more to learn, where nothing is right or wrong
_FADED, _MOSTLY = 1 / 15, 0.35
_OVER, _AVERAGED_FROM = 300.0, 150
_LARGE, _FEW, _FEWEST, _HALF = 8.0, 400, 20, 0.5


@rule("warmup", below=_SKILLED)
def long_warmup(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The rate is still a small part of what the knob says, for a long time to come."""
    knobs, used = evidence.knobs, evidence.recent("lr")
    if not len(used) or not trend.hardly_learning:
        return None
    left = knobs["warmup"] - evidence.step
    if left < evidence.step or used[-1] > knobs["lr"] / 2:
        return None
    draft.fact("curves", "The rate was {used:2} at the last mini-batch.", used=used[-1])
    draft.loss_fact()
    return draft.hint(
        "warmup-long",
        "Warm-up too long",
        "The learning rate is still rising: {used:2} after {step:,} steps, on its "
        "way to {lr:3} at step {warmup:,.0f}. Turn the warm-up off.",
        Fix({"warmup": 0.0}),
        0.9,
        used=used[-1],
    )


@rule("schedule", below=_SKILLED)
def early_decay(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The schedule has made the rate tiny while there was much to learn."""
    knobs, used = evidence.knobs, evidence.curves["lr"]
    if not len(used):
        return None
    top = float(used.max())
    faded = float((used < _FADED * top).mean())
    name = knobs.name_of("schedule")
    if name == "constant" or used[-1] > _FADED * top or faded < _MOSTLY:
        return None
    if used[0] < _FADED * top and used[-1] >= used[0]:  # still rising
        return None
    if not trend.last > 0.1 * trend.start:
        return None
    values = {"schedule": 0.0}
    how = tr("Go on at a constant rate.")
    if knobs["lr"] < typical_rate(knobs) / 3:
        values["lr"] = higher_rate(knobs)
        how = tr_format("Go on at a constant rate of {lr:4}.", lr=values["lr"])
    draft.fact(
        "curves",
        "For {faded:0%} of all mini-batches the rate was below a fifteenth of its "
        "highest, {top:3}.",
        faded=faded,
        top=top,
    )
    if trend.knows_right:
        draft.fact("curves", "The loss is {last:3}; {right:0%} of the test set are read right.")
    else:
        draft.loss_fact()
    return draft.hint(
        "rate-decayed",
        "Learning rate decayed too soon",
        "The schedule “{name}” has brought the rate down to {used:2}, and training "
        "stands still. {how}",
        Fix(values),
        0.9,
        name=name,
        used=used[-1],
        how=how,
    )


@rule(early=True)
def slow_averaging(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The test set is read with weights from long ago."""
    knobs = evidence.knobs
    if knobs.get("ema", 1.0) < _OVER or evidence.step < _AVERAGED_FROM:
        return None
    if evidence.condition is None:
        looks = evidence.recent_looks("loss")
        newest, averaged = trend.last, float(looks[-1]) if len(looks) else math.nan
    else:
        losses = evidence.condition.losses
        newest, averaged = losses.newest, losses.averaged
    if not (averaged > 1.15 * newest and averaged - newest > 0.01 * trend.start):
        return None
    draft.fact(
        "curves",
        "On the test set the loss is {averaged:3} with averaged weights and "
        "{newest:3} with the newest.",
        averaged=averaged,
        newest=newest,
    )
    return draft.hint(
        "averaging-slow",
        "Averaged over too many steps",
        "The test set is read with the mean of about the last {ema:,.0f} weights, "
        "which are far behind the newest. Average over fewer steps, or none.",
        Fix({"ema": 1.0}),
        0.9,
    )


@rule("lr", below=_SKILLED, early=True)
def large_batch(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """So many samples share a step that there are too few steps."""
    knobs = evidence.knobs
    epochs = float(evidence.curves["epoch"][-1]) if trend.count else 0.0
    many = trend.enough or (trend.count >= _FEWEST and epochs >= _HALF)
    samples, usual = samples_per_step(knobs), typical_batch(knobs)
    if not many or samples < _LARGE * usual or trend.count > _FEW:
        return None
    leapt = trend.at_chance and trend.peak > 1.5 * trend.start
    if trend.gradient_gone or leapt or relative_rate(knobs) < 0.2:
        return None
    values = {"batch_size": usual, "accumulate": 1.0}
    changed = {key: value for key, value in values.items() if knobs.get(key, value) != value}
    draft.loss_fact()
    return draft.hint(
        "batch-large",
        "Too many samples per step",
        "{samples:,.0f} samples share a step, so {epochs:3} epochs were only "
        "{count:,} steps. Take {usual:4} samples.",
        Fix(changed),
        0.85,
        samples=samples,
        epochs=epochs,
        usual=usual,
    )


@rule(below=0.95, early=True)
def early_stop(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Training came to its end before there was much learnt."""
    knobs = evidence.knobs
    if not evidence.finished:
        return None
    epochs = evidence.curves["epoch"]
    if len(epochs) and epochs[-1] >= knobs.get("epochs", math.inf):
        return None
    goal = knobs.get("stop_at", 1.0)
    if goal < 0.95 and trend.right > goal:
        knob = knobs.knobs["stop_at"]
        fix = Fix({"stop_at": knob.default})
        why = tr_format("“{label}” is {goal:0%}", label=tr(knob.label), goal=goal)
    elif knobs.get("patience") and (trend.knows_right or trend.last > _LEFT * trend.start):
        fix = Fix({"patience": 0.0})
        why = draft.text("{patience:.0f} tests in a row brought no improvement")
    else:
        return None
    draft.fact(
        "curves",
        "It stopped after {epochs:3} epochs, with {right:1%} of the test set read right."
        if trend.knows_right
        else "It stopped after {epochs:3} epochs, with a loss of {last:3}.",
        epochs=epochs[-1] if len(epochs) else 0,
    )
    return draft.hint(
        "stopped-early",
        "Stopped too early",
        "Training stopped by itself because {why}. Change that and go on.",
        fix,
        0.85,
        why=why,
    )
