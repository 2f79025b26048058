"""Rules about settings that hold training back: decay, dropout, augmentation, clipping."""

import math

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint, fact
from core.diagnosis.run_summary import Trend, loss_fact
from core.diagnosis.typical_values import (
    relative_rate,
)
from core.formatting import format_number as number
from core.formatting import format_percent as percent
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
    "shift": 2.0,
    "rotate": 15.0,
    "scale": 0.15,
    "shear": 0.3,
    "elastic": 1.5,
    "thickness": 1.0,
    "blur": 1.0,
    "flip": 0.02,
}
_CLIPPED, _SLOW = 0.1, 3e-4


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
    facts = [
        fact(
            "curves",
            "{label} is {value}; about {much} is a lot with this optimiser and rate.",
            label=tr(knob.label),
            value=knob.text(knobs[key]),
            much=knob.text(knobs[key] / max(l2, l1)),
        )
    ]
    if left < _SHRUNK:
        facts.insert(
            0,
            fact(
                "health",
                "The weights of {name} have shrunk to {left} of their size at the start.",
                name=name,
                left=percent(left, 0),
            ),
        )
    facts.append(loss_fact(trend))
    values = {each: 0.0 for each in ("weight_decay", "l1") if knobs[each]}
    again = trend.not_learning or trend.at_chance
    return Hint(
        "decay-strong",
        "Weight decay too strong",
        tr(
            "A decay of {value} pulls the weights to zero faster than the gradient can hold "
            "them. {how}."
        ).format(
            value=knob.text(knobs[key]), how=tr("Reset without it") if again else tr("Turn it off")
        ),
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
    return {
        name: float(share)
        for name, share in zip(health.names, left, strict=True)
        if np.isfinite(share)
    }


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
        facts.append(
            fact(
                "curves",
                "On the same training pictures the loss is {dropout} with dropout and {plain} "
                "without.",
                dropout=number(losses.dropout, 3),
                plain=number(losses.plain, 3),
            )
        )
    if gap > 0.05:
        facts.append(
            fact(
                "curves",
                "Of the mini-batches {train_accuracy} are read right, of the test set, "
                "without dropout, {accuracy}.",
                train_accuracy=percent(trend.train_accuracy, 0),
                accuracy=percent(trend.accuracy, 0),
            )
        )
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
        tr(
            "{share} of a layer's outputs are switched off at random while it learns; what is "
            "left does not suffice to tell the classes apart. Try {usual}."
        ).format(share=percent(share, 0), usual=number(usual)),
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
        facts.append(
            fact(
                "curves",
                "On the same training pictures the loss is {redrawn} redrawn and {plain} as "
                "they are.",
                redrawn=number(losses.redrawn, 3),
                plain=number(losses.plain, 3),
            )
        )
    if trend.accuracy > trend.train_accuracy + 0.05:
        facts.append(
            fact(
                "curves",
                "Of the redrawn pictures {train_accuracy} are read right, of the test set "
                "{accuracy}.",
                train_accuracy=percent(trend.train_accuracy, 0),
                accuracy=percent(trend.accuracy, 0),
            )
        )
    if not apart and not trend.hardly_learning:
        return None
    if trend.last < _HIGH * trend.start and trend.accuracy >= _SKILLED:
        return None
    named = ", ".join(
        f"{tr(knobs.knobs[key].label)} {knobs.knobs[key].text(knobs[key])}"
        for key in sorted(far, key=far.__getitem__, reverse=True)
    )
    facts.append(fact("augmentation", "Far above the usual amount: {named}.", named=named))
    return Hint(
        "augmentation-strong",
        "Augmentation too strong",
        tr(
            "The training pictures are redrawn so far that their letters can hardly be "
            "recognised. Go back to the usual amounts."
        ),
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
    facts = [
        fact(
            "health",
            "{label} {value} leaves {share} of the length of a gradient.",
            label=tr(knob.label),
            value=knob.text(knobs[key]),
            share=number(np.median(shares), 2),
        ),
        fact(
            "health",
            "A mini-batch moves no layer by more than {ratio} of its weights; about 0.001 is "
            "healthy.",
            ratio=number(ratio, 1),
        ),
        loss_fact(trend),
    ]
    return Hint(
        "clip-strong",
        "Gradients clipped too short",
        tr(
            "Every gradient is cut to a small part of itself by “{label}”, so the weights "
            "hardly move. Turn clipping off."
        ).format(label=tr(knob.label)),
        tuple(facts),
        Fix(values),
        0.93,
    )
