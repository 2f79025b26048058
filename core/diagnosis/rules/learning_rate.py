"""Rules about the learning rate: too high, too low, gradients that leap, numbers lost."""

import math

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import (
    higher_rate,
    lower_rate,
    momentum_factor,
    relative_rate,
    samples_per_step,
    typical_batch,
    typical_rate,
)
from core.formatting import tr_format
from core.inspect.health.layer_health import HEALTHY
from core.translation import tr

_SMALL = 2e-4
_LARGE, _LEAP = 0.02, 0.3
_WORSE = 1.6
_SKILLED, _ABLE = 0.9, 0.97
_GRADIENT_LEFT = 0.1
_NOISY = 6.0
_FAR_ABOVE, _FAR_BELOW = 8.0, 1 / 30
_NO_LEAP, _LEAPS, _OFTEN = 30.0, 4, 10


@rule("lr", early=True, broken=True)
def divergence(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The run broke: NaN or infinity, with the layer where it began."""
    place = evidence.anomaly
    if place is None:
        return None
    knobs, rate = evidence.knobs, lower_rate(evidence.knobs)
    where, what = "", str(place.get("what", ""))
    if what:
        draft.fact(
            "health",
            "{what} made {made} at mini-batch {step:,}.",
            what=what[0].upper() + what[1:],
            made=place["made"],
            step=place["step"],
        )
        within = tr(" in {path}").partition("{path}")[0]
        if within in what:
            where = tr_format(" in {what}", what=what.rpartition(within)[2])
    else:
        draft.fact("health", "The loss was NaN or infinite after step {step:,}.")
    losses = evidence.curves["loss"]
    losses = losses[np.isfinite(losses)]
    if len(losses) >= 2:
        draft.fact(
            "curves",
            "The loss went from {first:3} to {final:3} in {n:,} mini-batches.",
            first=losses[0],
            final=losses[-1],
            n=len(losses),
        )
    values = {"lr": rate}
    if momentum_factor(knobs) > 2:
        values["momentum"] = min(knobs.knobs["momentum"].default, 0.9)
    if "clip_norm" in knobs and rate >= typical_rate(knobs) / 3 and not knobs["clip_norm"]:
        values["clip_norm"] = 1.0
    return draft.hint(
        "lost-numbers",
        "Training diverged",
        "A number{where} became too large to be represented (NaN or infinite). Reset "
        "and lower the rate from {lr:4} to {lower:4}.",
        Fix(values, restart=True),
        0.95,
        where=where,
        lower=rate,
    )


@rule("lr", below=_ABLE)
def rate_high(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Steps too long: the loss has leapt, grows, or stays where guessing would leave it.

    Where it is momentum that makes them long, it is named instead.
    """
    knobs = evidence.knobs
    rate, usual, far = knobs["lr"], typical_rate(knobs), relative_rate(knobs)
    points = _signs_of_long_steps(trend, draft, rate, usual, far)
    stiff = bool(_stiff(evidence))
    harm = trend.peak > 2 * trend.start or trend.last > _WORSE * trend.best or trend.not_learning
    if points < 0.45 or far <= 1 or not (harm or stiff):
        return None
    again = trend.not_learning or stiff
    sure = min(points + 0.25 + (0.15 if stiff and far > 2 else 0.0), 0.9)
    if momentum_factor(knobs) >= 2 and momentum_factor(knobs) > rate / usual:
        return _momentum_high(evidence, draft, again, sure)
    if rate <= usual:
        return None
    calmer = lower_rate(knobs)
    return draft.hint(
        "rate-high",
        "Learning rate too high",
        "At rate {lr:4} every step goes too far, and the loss does not settle. {how} {calmer:4}.",
        Fix({"lr": calmer}, restart=again),
        sure,
        how=_how(again),
        calmer=calmer,
    )


def _signs_of_long_steps(
    trend: Trend, draft: Draft, rate: float, usual: float, far: float
) -> float:
    """What speaks for steps too long: points, from 0 to 1.5; the facts behind them are noted."""
    ratio = max((r for r in trend.ratio if math.isfinite(r)), default=0.0)
    points = 0.0
    if trend.peak > 2 * trend.start:
        points += 0.4
        draft.fact(
            "curves",
            "The loss rose to {peak:3}; before the first mini-batch it was {start:3}.",
        )
    if trend.last > _WORSE * trend.best and trend.last > 0.3 * trend.start:
        points += 0.3
        draft.fact("curves", "The loss was {best:3} already and is {last:3} now.")
    if trend.not_learning and (trend.max_ratio > _LARGE or far > 2):
        points += 0.3
        draft.fact(
            "curves",
            "After {count:,} mini-batches the loss is {last:3}, hardly less than at the "
            "start ({start:3}).",
        )
    if ratio > _LARGE / 2:
        points += 0.2 if ratio < _LARGE else 0.3
        layer = trend.layers[trend.ratio.index(ratio)]
        draft.fact(
            "health",
            "A mini-batch moves layer {layer} by {ratio:1%} of its weights; about "
            "{healthy:1%} is healthy.",
            layer=layer,
            ratio=ratio,
            healthy=math.sqrt(HEALTHY[0] * HEALTHY[1]),
        )
    elif trend.max_ratio > _LEAP:
        points += 0.2
        draft.fact("health", "One mini-batch moved a layer by {max_ratio:0%} of its weights.")
    if rate > 2 * usual:
        _rate_fact(draft, usual)
    points += 0.25 if far >= _FAR_ABOVE else 0.15 if far > 2 else 0.0
    return points


def _rate_fact(draft: Draft, usual: float) -> None:
    draft.fact("curves", "The rate is {lr:3}; {usual:3} is usual with this optimiser.", usual=usual)


def _how(again: bool) -> str:
    return tr("Reset with") if again else tr("Try")


def _momentum_high(evidence: Evidence, draft: Draft, again: bool, sure: float) -> Hint:
    knobs = evidence.knobs
    momentum, usual = knobs["momentum"], min(knobs.knobs["momentum"].default, 0.9)
    values = {"momentum": usual}
    if knobs["lr"] > 2 * typical_rate(knobs):
        values["lr"] = lower_rate(knobs)
    draft.fact(
        "curves",
        "With momentum {momentum:3} steps add up to {sum:.0f} times their length; "
        "{usual:.0f} times is usual.",
        sum=1 / (1 - momentum),
        usual=1 / (1 - usual),
    )
    draft.facts.insert(0, draft.facts.pop())
    return draft.hint(
        "momentum-high",
        "Momentum too high",
        "With momentum {momentum:3} old steps add up so far that the loss does not "
        "settle. {how} {usual:4}.",
        Fix(values, restart=again),
        min(sure + 0.05, 0.92),
        how=_how(again),
        usual=usual,
    )


@rule("lr", below=_SKILLED)
def rate_low(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Steps too short: the loss falls steadily and hardly at all, though there is a gradient."""
    knobs = evidence.knobs
    rate, usual = knobs["lr"], typical_rate(knobs)
    used = evidence.recent("lr")
    if not trend.last < 1.05 * trend.early or trend.noise > 1:
        return None
    if len(used) and used[-1] < rate / 2:  # a schedule has made it small, or is still at it
        return None
    if trend.gradient_left < _GRADIENT_LEFT or _stiff(evidence) or trend.peak > 1.5 * trend.start:
        return None  # a larger rate does not bring a gradient back
    known = [r for r in trend.ratio if math.isfinite(r)]
    small = bool(known) and max(known) < _SMALL
    far = rate < usual * _FAR_BELOW
    if not (small and trend.hardly_learning and relative_rate(knobs) < 1) and not (
        far and trend.last > 0.2 * trend.start
    ):
        return None
    bolder = higher_rate(knobs)
    draft.fact("curves", "In {count:,} mini-batches the loss went from {early:3} to {last:3}.")
    if known:
        draft.fact(
            "health",
            "A mini-batch moves no layer by more than {known:1} of its weights; about "
            "{healthy:1} is healthy.",
            known=max(known),
            healthy=math.sqrt(HEALTHY[0] * HEALTHY[1]),
        )
    if far:
        _rate_fact(draft, usual)
    return draft.hint(
        "rate-low",
        "Learning rate too low",
        "It improves, but too slowly at rate {lr:4}. Try {bolder:4}.",
        Fix({"lr": bolder}),
        0.85 if small and far else 0.7,
        bolder=bolder,
    )


@rule("clip_norm")
def gradient_spikes(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Now and then a gradient many times as long as usual."""
    knobs = evidence.knobs
    if knobs["clip_norm"] or samples_per_step(knobs) < typical_batch(knobs) or trend.not_learning:
        return None
    norms = evidence.recent("gradient")
    norms = norms[np.isfinite(norms)][len(norms) // 2 :]
    usual = float(np.median(norms)) if len(norms) else 0.0
    if usual <= 0:
        return None
    leaps = int(np.count_nonzero(norms > _OFTEN * usual))
    largest = float(norms.max())
    if largest < _NO_LEAP * usual or leaps < _LEAPS:
        return None
    limit = min(max(float(f"{2 * usual:.1g}"), 0.01), knobs.knobs["clip_norm"].high)
    draft.fact(
        "health",
        "{leaps:,} of the last {n:,} gradients were more than {often} times as long as "
        "the middle one.",
        leaps=leaps,
        n=len(norms),
        often=_OFTEN,
    )
    return draft.hint(
        "gradient-leaps",
        "Single gradients very long",
        "Most gradients have length {usual:2}, but now and then one has {largest:2} "
        "and undoes what many have learnt. Clip them to length {limit:4}.",
        Fix({"clip_norm": limit}),
        0.6,
        usual=usual,
        largest=largest,
        limit=limit,
    )


@rule("lr", below=_ABLE)
def small_batch(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """So few samples share a step that chance has more say than the data."""
    knobs = evidence.knobs
    batch, usual = samples_per_step(knobs), typical_batch(knobs)
    if batch > usual / 4 or relative_rate(knobs) > (4 if batch <= usual / 16 else 2):
        return None
    # Noise grows with rate / samples (Smith & Le 2018): a small rate makes up for few samples.
    if relative_rate(knobs) * usual / batch < _NOISY:
        return None
    jumps = evidence.recent_looks("loss")
    unrest = float(np.abs(np.diff(jumps[-6:])).mean() / jumps[-6:].mean()) if len(jumps) > 2 else 0
    if not (trend.noise > 0.8 or unrest > 0.1 or trend.not_learning):
        return None
    draft.fact("curves", "From mini-batch to mini-batch the loss varies by {noise:0%} of its mean.")
    if unrest > 0.05:
        draft.fact(
            "curves",
            "From one test to the next the test loss changes by {unrest:0%}.",
            unrest=unrest,
        )
    if trend.not_learning:
        draft.fact("curves", "The loss is {last:3}, hardly less than at the start ({start:3}).")
    what = tr("one sample") if batch == 1 else tr_format("{batch:4} samples", batch=batch)
    return draft.hint(
        "batch-small",
        "Mini-batch too small",
        "With {what} per step every gradient is mostly noise, too much for a rate of "
        "{lr:4}. {how} {usual:4}.",
        Fix({"batch_size": usual}, restart=trend.not_learning),
        0.8 if trend.not_learning or trend.noise > 1 else 0.65,
        what=what,
        how=_how(trend.not_learning),
        usual=usual,
    )


def _stiff(evidence: Evidence) -> list[str]:
    """Layers of which more than a third of the units are dead: a smaller rate wakes none."""
    return [v.layer for v in evidence.dead_units if v.dead > len(v.flat) / 3]
