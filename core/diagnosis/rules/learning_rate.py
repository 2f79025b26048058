"""Rules about the learning rate: too high, too low, gradients that leap, numbers lost."""

import math
import re

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint, fact
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
from core.formatting import format_number as number
from core.formatting import format_percent as percent
from core.inspect.health.layer_health import HEALTHY
from core.translation import tr

_WHERE = re.compile(r"ran away: (.+?) at mini-batch (\d+) made (.+?)\.")
_SMALL = 2e-4
_LARGE, _LEAP = 0.02, 0.3
_WORSE = 1.6
_SKILLED, _ABLE = 0.9, 0.97
_GRADIENT_LEFT = 0.1
_NOISY = 6.0
_FAR_ABOVE, _FAR_BELOW = 8.0, 1 / 30
_NO_LEAP, _LEAPS, _OFTEN = 30.0, 4, 10


def divergence(evidence: Evidence, trend: Trend) -> Hint | None:
    """The run broke: NaN or infinity, with the layer where it began."""
    if "ran away" not in evidence.failure or not evidence.descends:
        return None
    knobs, rate = evidence.knobs, lower_rate(evidence.knobs)
    found = _WHERE.search(evidence.failure)
    if found is not None:
        what, step, made = found.groups()
        said = tr("{what} made {made} at mini-batch {step:,}.").format(
            what=what[0].upper() + what[1:], made=made, step=int(step)
        )
        where = tr(" in {what}").format(what=what.rpartition(" in ")[2]) if " in " in what else ""
    else:
        said, where = (
            tr("The loss was NaN or infinite after step {step:,}.").format(step=evidence.step),
            "",
        )
    values = {"lr": rate}
    if momentum_factor(knobs) > 2:
        values["momentum"] = min(knobs.knobs["momentum"].default, 0.9)
    if "clip_norm" in knobs and rate >= typical_rate(knobs) / 3 and not knobs["clip_norm"]:
        values["clip_norm"] = 1.0
    facts = [Fact(said, "health"), *_growth(evidence)]
    return Hint(
        "lost-numbers",
        "Training diverged",
        tr(
            "A number{where} became too large to be represented (NaN or infinite). Reset and "
            "lower the rate from {rate} to {lower}."
        ).format(where=where, rate=_text(evidence, "lr"), lower=knobs.knobs["lr"].text(rate)),
        tuple(facts),
        Fix(values, restart=True),
        0.95,
    )


def rate_high(evidence: Evidence, trend: Trend) -> Hint | None:
    """Steps too long: the loss has leapt, grows, or stays where guessing would leave it.

    Where it is momentum that makes them long, it is named instead.
    """
    if not evidence.descends or not trend.enough or evidence.failure:
        return None
    knobs = evidence.knobs
    rate, usual, far = knobs["lr"], typical_rate(knobs), relative_rate(knobs)
    points, facts = _signs_of_long_steps(trend, rate, usual, far)
    stiff = bool(_stiff(evidence))
    harm = trend.peak > 2 * trend.start or trend.last > _WORSE * trend.best or trend.not_learning
    if points < 0.45 or far <= 1 or not (harm or stiff) or trend.accuracy >= _ABLE:
        return None
    again = trend.not_learning or stiff
    sure = min(points + 0.25 + (0.15 if stiff and far > 2 else 0.0), 0.9)
    if momentum_factor(knobs) >= 2 and momentum_factor(knobs) > rate / usual:
        return _momentum_high(evidence, tuple(facts), again, sure)
    if rate <= usual:
        return None
    calmer = lower_rate(knobs)
    how = tr("Reset with") if again else tr("Try")
    return Hint(
        "rate-high",
        "Learning rate too high",
        tr(
            "At rate {rate} every step goes too far, and the loss does not settle. {how} {calmer}."
        ).format(rate=_text(evidence, "lr"), how=how, calmer=knobs.knobs["lr"].text(calmer)),
        tuple(facts),
        Fix({"lr": calmer}, restart=again),
        sure,
    )


def _signs_of_long_steps(
    trend: Trend, rate: float, usual: float, far: float
) -> tuple[float, list[Fact]]:
    """What speaks for steps too long: points, from 0 to 1.5, and the facts behind them."""
    ratio = max((r for r in trend.ratio if math.isfinite(r)), default=0.0)
    facts: list[Fact] = []

    def add(panel: str, sentence: str, **numbers: object) -> None:
        facts.append(fact(panel, sentence, **numbers))

    points = 0.0
    if trend.peak > 2 * trend.start:
        points += 0.4
        add(
            "curves",
            "The loss rose to {peak}; before the first mini-batch it was {start}.",
            peak=number(trend.peak, 3),
            start=number(trend.start, 3),
        )
    if trend.last > _WORSE * trend.best and trend.last > 0.3 * trend.start:
        points += 0.3
        add(
            "curves",
            "The loss was {best} already and is {last} now.",
            best=number(trend.best, 3),
            last=number(trend.last, 3),
        )
    if trend.not_learning and (trend.max_ratio > _LARGE or far > 2):
        points += 0.3
        add(
            "curves",
            "After {count:,} mini-batches the loss is {last}, hardly less than at the "
            "start ({start}).",
            count=trend.count,
            last=number(trend.last, 3),
            start=number(trend.start, 3),
        )
    if ratio > _LARGE / 2:
        points += 0.2 if ratio < _LARGE else 0.3
        layer = trend.layers[trend.ratio.index(ratio)]
        add(
            "health",
            "A mini-batch moves layer {layer} by {ratio} of its weights; about {healthy} "
            "is healthy.",
            layer=layer,
            ratio=percent(ratio, 1),
            healthy=percent(math.sqrt(HEALTHY[0] * HEALTHY[1]), 1),
        )
    elif trend.max_ratio > _LEAP:
        points += 0.2
        add(
            "health",
            "One mini-batch moved a layer by {max_ratio} of its weights.",
            max_ratio=percent(trend.max_ratio, 0),
        )
    if rate > 2 * usual:
        facts.append(_rate_fact(rate, usual))
    points += 0.25 if far >= _FAR_ABOVE else 0.15 if far > 2 else 0.0
    return points, facts


def _rate_fact(rate: float, usual: float) -> Fact:
    return fact(
        "curves",
        "The rate is {rate}; {usual} is usual with this optimiser.",
        rate=number(rate, 3),
        usual=number(usual, 3),
    )


def _momentum_high(evidence: Evidence, facts: tuple[Fact, ...], again: bool, sure: float) -> Hint:
    knobs = evidence.knobs
    momentum, usual = knobs["momentum"], min(knobs.knobs["momentum"].default, 0.9)
    values = {"momentum": usual}
    if knobs["lr"] > 2 * typical_rate(knobs):
        values["lr"] = lower_rate(knobs)
    one = fact(
        "curves",
        "With momentum {momentum} steps add up to {sum:.0f} times their length; "
        "{usual:.0f} times is usual.",
        momentum=number(momentum, 3),
        sum=1 / (1 - momentum),
        usual=1 / (1 - usual),
    )
    return Hint(
        "momentum-high",
        "Momentum too high",
        tr(
            "With momentum {momentum} old steps add up so far that the loss does not settle. "
            "{how} {usual}."
        ).format(
            momentum=number(momentum, 3),
            how=tr("Reset with") if again else tr("Try"),
            usual=number(usual),
        ),
        (one, *facts),
        Fix(values, restart=again),
        min(sure + 0.05, 0.92),
    )


def rate_low(evidence: Evidence, trend: Trend) -> Hint | None:
    """Steps too short: the loss falls steadily and hardly at all, though there is a gradient."""
    if not evidence.descends or not trend.enough or evidence.failure:
        return None
    knobs = evidence.knobs
    rate, usual = knobs["lr"], typical_rate(knobs)
    used = evidence.recent("lr")
    if trend.accuracy >= _SKILLED or not trend.last < 1.05 * trend.early or trend.noise > 1:
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
    facts = [
        fact(
            "curves",
            "In {count:,} mini-batches the loss went from {early} to {last}.",
            count=trend.count,
            early=number(trend.early, 3),
            last=number(trend.last, 3),
        )
    ]
    if known:
        facts.append(
            fact(
                "health",
                "A mini-batch moves no layer by more than {known} of its weights; about "
                "{healthy} is healthy.",
                known=number(max(known), 1),
                healthy=number(math.sqrt(HEALTHY[0] * HEALTHY[1]), 1),
            )
        )
    if far:
        facts.append(_rate_fact(rate, usual))
    return Hint(
        "rate-low",
        "Learning rate too low",
        tr("It improves, but too slowly at rate {rate}. Try {bolder}.").format(
            rate=_text(evidence, "lr"), bolder=knobs.knobs["lr"].text(bolder)
        ),
        tuple(facts),
        Fix({"lr": bolder}),
        0.85 if small and far else 0.7,
    )


def gradient_spikes(evidence: Evidence, trend: Trend) -> Hint | None:
    """Now and then a gradient many times as long as usual."""
    knobs = evidence.knobs
    if "clip_norm" not in knobs or knobs["clip_norm"] or evidence.failure or not trend.enough:
        return None
    if samples_per_step(knobs) < typical_batch(knobs) or trend.not_learning:
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
    return Hint(
        "gradient-leaps",
        "Single gradients very long",
        tr(
            "Most gradients have length {usual}, but now and then one has {largest} and "
            "undoes what many have learnt. Clip them to length {limit}."
        ).format(usual=number(usual, 2), largest=number(largest, 2), limit=number(limit)),
        (
            fact(
                "health",
                "{leaps:,} of the last {n:,} gradients were more than {often} times as long as "
                "the middle one.",
                leaps=leaps,
                n=len(norms),
                often=_OFTEN,
            ),
        ),
        Fix({"clip_norm": limit}),
        0.6,
    )


def small_batch(evidence: Evidence, trend: Trend) -> Hint | None:
    """So few samples share a step that chance has more say than the data."""
    knobs = evidence.knobs
    if not evidence.descends or not trend.enough or evidence.failure:
        return None
    batch, usual = samples_per_step(knobs), typical_batch(knobs)
    if batch > usual / 4 or relative_rate(knobs) > (4 if batch <= usual / 16 else 2):
        return None
    # Noise grows with rate / samples (Smith & Le 2018): a small rate makes up for few samples.
    if relative_rate(knobs) * usual / batch < _NOISY:
        return None
    jumps = evidence.recent_looks("loss")
    unrest = float(np.abs(np.diff(jumps[-6:])).mean() / jumps[-6:].mean()) if len(jumps) > 2 else 0
    if not (trend.noise > 0.8 or unrest > 0.1 or trend.not_learning) or trend.accuracy >= _ABLE:
        return None
    facts = [
        fact(
            "curves",
            "From mini-batch to mini-batch the loss varies by {noise} of its mean.",
            noise=percent(trend.noise, 0),
        )
    ]
    if unrest > 0.05:
        facts.append(
            fact(
                "curves",
                "From one test to the next the test loss changes by {unrest}.",
                unrest=percent(unrest, 0),
            )
        )
    if trend.not_learning:
        facts.append(
            fact(
                "curves",
                "The loss is {last}, hardly less than at the start ({start}).",
                last=number(trend.last, 3),
                start=number(trend.start, 3),
            )
        )
    what = tr("one sample") if batch == 1 else tr("{batch} samples").format(batch=number(batch))
    return Hint(
        "batch-small",
        "Mini-batch too small",
        tr(
            "With {what} per step every gradient is mostly noise, too much for a rate of "
            "{rate}. {how} {usual}."
        ).format(
            what=what,
            rate=_text(evidence, "lr"),
            how=tr("Reset with") if trend.not_learning else tr("Try"),
            usual=number(usual),
        ),
        tuple(facts),
        Fix({"batch_size": usual}, restart=trend.not_learning),
        0.8 if trend.not_learning or trend.noise > 1 else 0.65,
    )


def _growth(evidence: Evidence) -> list[Fact]:
    """How the loss went before the end."""
    losses = evidence.curves["loss"]
    losses = losses[np.isfinite(losses)]
    if len(losses) < 2:
        return []
    return [
        fact(
            "curves",
            "The loss went from {first} to {last} in {n:,} mini-batches.",
            first=number(losses[0], 3),
            last=number(losses[-1], 3),
            n=len(losses),
        )
    ]


def _stiff(evidence: Evidence) -> list[str]:
    """Layers of which more than a third of the units are dead: a smaller rate wakes none."""
    return [v.layer for v in evidence.dead_units if v.dead > len(v.flat) / 3]


def _text(evidence: Evidence, key: str) -> str:
    return evidence.knobs.knobs[key].text(evidence.knobs[key])
