"""Rules about settings that hold training back: decay, dropout, augmentation, clipping, schedules,
averaging, large batches, early stops."""

import math

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint
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
from core.inspect.health.layer_health import layer_health
from core.knobs import Knobs

_SKILLED, _GOOD, _ABLE = 0.9, 0.95, 0.97
_HIGH = 0.25  # of the loss that it began with
_L2, _L2_PER_STEP, _L1 = 2e-3, 3e-4, 1e-4
_STRONG, _FAR_TOO_STRONG = 4.0, 10.0
_SHRUNK = 0.6
_DROPS, _DROPS_MOST = 0.6, 0.8
_APART = 1.4
_REDRAWN = {"shift": 2.0, "rotate": 15.0, "scale": 0.15, "shear": 0.3, "elastic": 1.5,
            "thickness": 1.0, "blur": 1.0, "flip": 0.02}  # fmt: skip
_CLIPPED, _SLOW = 0.1, 3e-4
_FADED, _MOSTLY = 1 / 15, 0.35
_OVER, _AVERAGED_FROM = 300.0, 150
_LARGE, _FEW, _FEWEST, _HALF = 8.0, 400, 20, 0.5


def strong_decay(evidence: Evidence, trend: Trend) -> Hint | None:
    """Weights are pulled to zero faster than the gradient can hold them."""
    knobs = evidence.knobs
    if "weight_decay" not in knobs or not trend.enough or evidence.failure:
        return None
    l2 = _strength(knobs)
    l1 = knobs["l1"] / _L1 * min(relative_rate(knobs), 1.0)
    if max(l2, l1) < _STRONG or trend.accuracy >= _ABLE:
        return None
    shrunk = _shrunk(evidence)
    name, left = min(shrunk.items(), key=lambda one: one[1], default=("", math.nan))
    harmed = trend.last > _HIGH * trend.start or trend.accuracy < _SKILLED
    if not harmed and (max(l2, l1) < _FAR_TOO_STRONG or trend.accuracy >= _GOOD):
        return None
    key = "weight_decay" if l2 >= l1 else "l1"
    knob = knobs.knobs[key]
    facts = [Fact(f"{knob.label} is {knob.text(knobs[key])}; about "
                  f"{knob.text(knobs[key] / max(l2, l1))} is a lot with this optimiser and rate.",
                  "curves")]  # fmt: skip
    if left < _SHRUNK:
        facts.insert(0, Fact(f"The weights of {name} have shrunk to {percent(left, 0)} of their "
                             "size at the start.", "health"))  # fmt: skip
    facts.append(loss_fact(trend))
    values = {each: 0.0 for each in ("weight_decay", "l1") if knobs[each]}
    again = trend.not_learning or trend.at_chance
    return Hint(
        "decay-strong",
        "Weight decay too strong",
        f"A decay of {knob.text(knobs[key])} pulls the weights to zero faster than the gradient "
        f"can hold them. {'Reset without it' if again else 'Turn it off'}.",
        tuple(facts),
        Fix(values, restart=again),
        0.94 if left < _SHRUNK or trend.not_learning else 0.82,
    )


def _strength(knobs: Knobs) -> float:
    """L2 decay beside what is a lot: for adaptive optimisers by what one step takes away."""
    value, name = knobs["weight_decay"], knobs.name_of("optimizer")
    if name == "adamw" or knobs.get("decoupled"):
        return value * knobs["lr"] / _L2_PER_STEP
    if name in ("adam", "rmsprop", "adagrad"):
        return value / _L2
    return value / _L2 * min(relative_rate(knobs), 1.0)


def _shrunk(evidence: Evidence) -> dict[str, float]:
    """What is left of the size that each layer's weights began with."""
    health = layer_health(evidence.layers)
    if len(health.steps) < 2:
        return {}
    with np.errstate(all="ignore"):
        left = health.weights[-1] / health.weights[0]
    return {name: float(share) for name, share in zip(health.names, left, strict=True)
            if np.isfinite(share)}  # fmt: skip


def strong_dropout(evidence: Evidence, trend: Trend) -> Hint | None:
    """So much is dropped that the rest cannot tell what was shown."""
    knobs, condition = evidence.knobs, evidence.condition
    share = condition.losses.dropped if condition is not None else knobs.get("dropout", 0.0)
    if share < _DROPS or not trend.enough or evidence.failure or trend.accuracy >= _ABLE:
        return None
    facts = []
    gap = trend.accuracy - trend.train_accuracy
    apart = gap > 0.05
    if condition is not None:
        losses = condition.losses
        apart = losses.dropout > _APART * losses.plain
        facts.append(Fact("On the same training pictures the loss is "
                          f"{number(losses.dropout, 3)} with dropout and {number(losses.plain, 3)} "
                          "without.", "curves"))  # fmt: skip
    if gap > 0.05:
        facts.append(Fact(f"Of the mini-batches {percent(trend.train_accuracy, 0)} are read "
                          "right, of "
                          f"the test set, without dropout, {percent(trend.accuracy, 0)}.",
                          "curves"))  # fmt: skip
    if not (apart or trend.hardly_learning):
        return None
    if trend.last < _HIGH * trend.start and trend.accuracy >= _SKILLED:
        return None
    facts.append(loss_fact(trend))
    knob = knobs.knobs.get("dropout")
    usual = min(knob.default, 0.3) if knob is not None else 0.2
    return Hint(
        "dropout-strong",
        "Dropout too strong",
        f"{percent(share, 0)} of a layer's outputs are switched off at random while it learns; "
        "what is left does not suffice to tell the classes apart. "
        f"Try {number(usual)}.",
        tuple(facts),
        Fix({"dropout": usual}) if knob is not None else Fix({}, restart=True, dropout=usual),
        0.93 if share >= _DROPS_MOST else 0.82,
    )


def strong_augmentation(evidence: Evidence, trend: Trend) -> Hint | None:
    """Pictures are redrawn so far that they can hardly be recognised."""
    knobs = evidence.knobs
    if "elastic" not in knobs or not trend.enough or evidence.failure or trend.accuracy >= _ABLE:
        return None
    far = {key: knobs[key] / most for key, most in _REDRAWN.items() if knobs[key] > most}
    if not far:
        return None
    facts = []
    apart = trend.accuracy - trend.train_accuracy > 0.1
    if (condition := evidence.condition) is not None:
        losses = condition.losses
        apart = losses.redrawn > _APART * losses.plain
        facts.append(Fact(f"On the same training pictures the loss is {number(losses.redrawn, 3)} "
                          f"redrawn and {number(losses.plain, 3)} as they are.",
                          "curves"))  # fmt: skip
    if trend.accuracy > trend.train_accuracy + 0.05:
        facts.append(Fact(f"Of the redrawn pictures {percent(trend.train_accuracy, 0)} are read "
                          "right, "
                          f"of the test set {percent(trend.accuracy, 0)}.", "curves"))  # fmt: skip
    if not apart and not trend.hardly_learning:
        return None
    if trend.last < _HIGH * trend.start and trend.accuracy >= _SKILLED:
        return None
    named = ", ".join(f"{knobs.knobs[key].label} {knobs.knobs[key].text(knobs[key])}"
                      for key in sorted(far, key=far.__getitem__, reverse=True))  # fmt: skip
    facts.append(Fact(f"Far above the usual amount: {named}.", "augmentation"))
    return Hint(
        "augmentation-strong",
        "Augmentation too strong",
        "The training pictures are redrawn so far that their letters can hardly be recognised. Go "
        "back to the usual amounts.",
        tuple(facts),
        Fix({key: min(knobs.knobs[key].default, knobs[key]) for key in far}),
        0.93 if max(far.values()) > 1.5 else 0.8,
    )


def strong_clipping(evidence: Evidence, trend: Trend) -> Hint | None:
    """Gradients are cut down to next to nothing."""
    knobs = evidence.knobs
    if "clip_norm" not in knobs or not (knobs["clip_norm"] or knobs["clip_value"]):
        return None
    if not trend.enough or evidence.failure or trend.accuracy >= _SKILLED:
        return None
    steps, layers = evidence.curves["step"], evidence.layers
    late = layers.steps > max(evidence.since, layers.steps[-1] // 2 if len(layers.steps) else 0)
    found = np.searchsorted(steps, layers.steps[late])
    found = np.minimum(found, len(steps) - 1)
    with np.errstate(all="ignore"):
        kept = np.sqrt(np.square(layers.gradient_norm[late]).sum(axis=1))
        shares = kept / evidence.curves["gradient"][found]
    shares = shares[np.isfinite(shares)]
    ratio = max((r for r in trend.ratio if math.isfinite(r)), default=math.nan)
    if not len(shares) or np.median(shares) > _CLIPPED or ratio > _SLOW:
        return None
    values = {key: 0.0 for key in ("clip_norm", "clip_value") if knobs[key]}
    key = "clip_norm" if knobs["clip_norm"] else "clip_value"
    knob = knobs.knobs[key]
    facts = [Fact(f"{knob.label} {knob.text(knobs[key])} leaves {number(np.median(shares), 2)} of "
                  "the length of a gradient.", "health"),
             Fact(f"A mini-batch moves no layer by more than {number(ratio, 1)} of its weights; "
                  "about 0.001 is healthy.", "health"),
             loss_fact(trend)]  # fmt: skip
    return Hint(
        "clip-strong",
        "Gradients clipped too short",
        f"Every gradient is cut to a small part of itself by “{knob.label}”, so the weights hardly "
        "move. Turn clipping off.",
        tuple(facts),
        Fix(values),
        0.93,
    )


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
        f"The learning rate is still rising: {number(used[-1], 2)} after {evidence.step:,} steps, "
        f"on its way to {number(knobs['lr'], 3)} at step {knobs['warmup']:,.0f}. Turn the warm-up "
        "off.",
        (Fact(f"The rate was {number(used[-1], 2)} at the last mini-batch.", "curves"),
         loss_fact(trend)),
        Fix({"warmup": 0.0}),
        0.9,
    )  # fmt: skip


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
    how = "Go on at a constant rate."
    if knobs["lr"] < typical_rate(knobs) / 3:
        values["lr"] = higher_rate(knobs)
        how = f"Go on at a constant rate of {knobs.knobs['lr'].text(values['lr'])}."
    return Hint(
        "rate-decayed",
        "Learning rate decayed too soon",
        f"The schedule “{name}” has brought the rate down to {number(used[-1], 2)}, and training "
        f"stands still. {how}",
        (Fact(f"For {percent(faded, 0)} of all mini-batches the rate was below a fifteenth of its "
              f"highest, {number(top, 3)}.", "curves"),
         Fact(f"The loss is {number(trend.last, 3)}; {percent(trend.accuracy, 0)} of the test set "
              "are read right.", "curves")),
        Fix(values),
        0.9,
    )  # fmt: skip


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
        f"The test set is read with the mean of about the last {knobs['ema']:,.0f} weights, which "
        "are far behind the newest. Average over fewer steps, or none.",
        (Fact(f"On the test set the loss is {number(averaged, 3)} with averaged weights and "
              f"{number(newest, 3)} with the newest.", "curves"),),
        Fix({"ema": 1.0}),
        0.9,
    )  # fmt: skip


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
        f"{samples:,.0f} samples share a step, so {number(epochs, 3)} epochs were only "
        f"{trend.count:,} steps. Take {number(usual)} samples.",
        (loss_fact(trend),),
        Fix(changed),
        0.85,
    )  # fmt: skip


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
            f"“{knobs.knobs['stop_at'].label}” is {percent(goal, 0)}",
        )
    elif knobs.get("patience"):
        fix = Fix({"patience": 0.0})
        why = f"{knobs['patience']:.0f} tests in a row brought no improvement"
    else:
        return None
    return Hint(
        "stopped-early",
        "Stopped too early",
        f"Training stopped by itself because {why}. Change that and go on.",
        (Fact(f"It stopped after {number(epochs[-1] if len(epochs) else 0, 3)} epochs, with "
              f"{percent(trend.accuracy, 1)} of the test set read right.", "curves"),),
        fix,
        0.85,
    )  # fmt: skip
