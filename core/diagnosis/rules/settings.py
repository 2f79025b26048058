"""Rules about settings that hold training back: decay, dropout, augmentation, clipping."""

import math

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import relative_rate
from core.inspect.health.layer_health import layer_health
from core.knobs import Knobs
from core.translation import tr

_SKILLED, _GOOD, _ABLE = 0.9, 0.95, 0.97
_HIGH = 0.25  # of the loss that it began with
_L2, _L2_PER_STEP, _L1 = 2e-3, 3e-4, 1e-4
_STRONG, _FAR_TOO_STRONG = 4.0, 10.0
_SHRUNK = 0.6
_DROPS, _DROPS_MOST = 0.6, 0.8
_APART = 1.4
_REDRAWN = {
    "shift": 2.0, "rotate": 15.0, "scale": 0.15, "shear": 0.3, "elastic": 1.5, "thickness": 1.0,
    "blur": 1.0, "flip": 0.02,
}  # fmt: skip
_CLIPPED, _SLOW = 0.1, 3e-4


@rule("weight_decay", below=_ABLE)
def strong_decay(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Weights are pulled to zero faster than the gradient can hold them."""
    knobs = evidence.knobs
    l2 = _strength(knobs)
    l1 = knobs["l1"] / _L1 * min(relative_rate(knobs), 1.0)
    if max(l2, l1) < _STRONG:
        return None
    shrunk = _shrunk(evidence)
    name, left = min(shrunk.items(), key=lambda one: one[1], default=("", math.nan))
    harmed = trend.last > _HIGH * trend.start or trend.right < _SKILLED
    if not harmed and (max(l2, l1) < _FAR_TOO_STRONG or not trend.right < _GOOD):
        return None
    key = "weight_decay" if l2 >= l1 else "l1"
    knob = knobs.knobs[key]
    if left < _SHRUNK:
        draft.fact(
            "health",
            "The weights of {name} have shrunk to {left:0%} of their size at the start.",
            name=name,
            left=left,
        )
    draft.fact(
        "curves",
        "{label} is {value}; about {much} is a lot with this optimiser and rate.",
        label=tr(knob.label),
        value=knob.text(knobs[key]),
        much=knob.text(knobs[key] / max(l2, l1)),
    )
    draft.loss_fact()
    values = {each: 0.0 for each in ("weight_decay", "l1") if knobs[each]}
    again = trend.not_learning or trend.at_chance
    return draft.hint(
        "decay-strong",
        "Weight decay too strong",
        "A decay of {value} pulls the weights to zero faster than the gradient can "
        "hold them. {how}.",
        Fix(values, restart=again),
        0.94 if left < _SHRUNK or trend.not_learning else 0.82,
        value=knob.text(knobs[key]),
        how=tr("Reset without it") if again else tr("Turn it off"),
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
    return {health.names[i]: float(left[i]) for i in np.flatnonzero(np.isfinite(left))}


@rule(below=_ABLE)
def strong_dropout(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """So much is dropped that the rest cannot tell what was shown."""
    knobs, condition = evidence.knobs, evidence.condition
    share = condition.losses.dropped if condition is not None else knobs.get("dropout", 0.0)
    if share < _DROPS:
        return None
    gap = trend.right - trend.train_right
    apart = gap > 0.05
    if condition is not None:
        losses = condition.losses
        apart = losses.dropout > _APART * losses.plain
        draft.fact(
            "curves",
            "On the same training pictures the loss is {dropout:3} with dropout and "
            "{plain:3} without.",
            losses,
        )
    if gap > 0.05:
        draft.fact(
            "curves",
            "Of the mini-batches {train_right:0%} are read right, of the test set, "
            "without dropout, {right:0%}.",
        )
    if not (apart or trend.hardly_learning):
        return None
    if trend.last < _HIGH * trend.start and not trend.right < _SKILLED:
        return None
    draft.loss_fact()
    knob = knobs.knobs.get("dropout")
    usual = min(knob.default, 0.3) if knob is not None else 0.2
    return draft.hint(
        "dropout-strong",
        "Dropout too strong",
        "{share:0%} of a layer's outputs are switched off at random while it learns; "
        "what is left does not suffice{purpose}. Try {usual:4}.",
        Fix({"dropout": usual}) if knob is not None else Fix({}, restart=True, dropout=usual),
        0.93 if share >= _DROPS_MOST else 0.82,
        share=share,
        usual=usual,
        purpose=tr(" to tell the classes apart") if evidence.classes else "",
    )


@rule("elastic", below=_ABLE)
def strong_augmentation(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Pictures are redrawn so far that they can hardly be recognised."""
    knobs = evidence.knobs
    far = {key: knobs[key] / most for key, most in _REDRAWN.items() if knobs[key] > most}
    if not far:
        return None
    apart = trend.right - trend.train_right > 0.1
    if (condition := evidence.condition) is not None:
        losses = condition.losses
        apart = losses.redrawn > _APART * losses.plain
        draft.fact(
            "curves",
            "On the same training pictures the loss is {redrawn:3} redrawn and {plain:3} "
            "as they are.",
            losses,
        )
    if trend.right > trend.train_right + 0.05:
        draft.fact(
            "curves",
            "Of the redrawn pictures {train_right:0%} are read right, of the test set {right:0%}.",
        )
    if not apart and not trend.hardly_learning:
        return None
    if trend.last < _HIGH * trend.start and not trend.right < _SKILLED:
        return None
    named = ", ".join(
        f"{tr(knobs.knobs[key].label)} {knobs.knobs[key].text(knobs[key])}"
        for key in sorted(far, key=far.__getitem__, reverse=True)
    )
    draft.fact("augmentation", "Far above the usual amount: {named}.", named=named)
    return draft.hint(
        "augmentation-strong",
        "Augmentation too strong",
        "The training pictures are redrawn so far that their letters can hardly be "
        "recognised. Go back to the usual amounts.",
        Fix({key: min(knobs.knobs[key].default, knobs[key]) for key in far}),
        0.93 if max(far.values()) > 1.5 else 0.8,
    )


@rule("clip_norm", below=_SKILLED)
def strong_clipping(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Gradients are cut down to next to nothing."""
    knobs = evidence.knobs
    if not (knobs["clip_norm"] or knobs["clip_value"]):
        return None
    steps, layers = evidence.curves["step"], evidence.layers
    late = layers.steps > max(evidence.since, layers.steps[-1] // 2 if len(layers.steps) else 0)
    found = np.minimum(np.searchsorted(steps, layers.steps[late]), len(steps) - 1)
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
    draft.fact(
        "health",
        "{label} {value} leaves {share:2} of the length of a gradient.",
        label=tr(knob.label),
        value=knob.text(knobs[key]),
        share=np.median(shares),
    )
    draft.fact(
        "health",
        "A mini-batch moves no layer by more than {ratio:1} of its weights; about "
        "0.001 is healthy.",
        ratio=ratio,
    )
    draft.loss_fact()
    return draft.hint(
        "clip-strong",
        "Gradients clipped too short",
        "Every gradient is cut to a small part of itself by “{label}”, so the "
        "weights hardly move. Turn clipping off.",
        Fix(values),
        0.93,
        label=tr(knob.label),
    )
