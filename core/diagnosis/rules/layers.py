"""Rules about layers: dead or saturated units and their cause, vanishing gradients."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint, fact
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import lower_rate, typical_rate
from core.formatting import format_number as number
from core.formatting import format_percent as percent
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.layer_health import layer_health
from core.translation import tr

_DEAD, _KILLED = 0.4, 0.2
_SATURATED, _ALL, _POOR = 0.7, 0.97, 0.6
_VANISHED = 1e-3
_SKILLED, _ABLE = 0.9, 0.97
_SPIKE, _LEAP = 1.5, 0.3


def dead_units(evidence: Evidence, trend: Trend) -> Hint | None:
    """Many ReLUs are never on; what killed them is asked for first."""
    rows = [v for v in evidence.dead_units if v.kind == "ReLU"]
    worst = max(rows, key=_share, default=None)
    if worst is None or not evidence.descends or not trend.enough:
        return None
    if _share(worst) < _DEAD or trend.accuracy >= _ABLE:
        return None
    knobs, usual = evidence.knobs, typical_rate(evidence.knobs)
    rate, text = knobs["lr"], knobs.knobs["lr"].text
    facts = [
        fact(
            "health",
            "{v} units behind layer {layer} output 0 for all {pictures} test pictures.",
            v=_count(v),
            layer=v.layer,
            pictures=v.pictures,
        )
        for v in sorted(rows, key=_share, reverse=True)
        if v.dead > len(v.flat) / 10
    ]
    values = {"lr": lower_rate(knobs)} if rate >= usual else {}
    sure = 0.45 + 0.3 * _share(worst)
    if trend.max_rate > 2 * max(rate, usual):
        values = {"lr": usual} if rate > 2 * usual else {}
        facts.insert(
            1,
            fact(
                "curves",
                "The rate was up to {max_rate} (mini-batch {max_rate_step:,}); {usual} is usual.",
                max_rate=number(trend.max_rate, 3),
                max_rate_step=trend.max_rate_step,
                usual=number(usual, 3),
            ),
        )
        why = tr("A learning rate of {max_rate} switched them off for good.").format(
            max_rate=text(trend.max_rate)
        )
        sure = 0.92
    elif trend.max_ratio > _LEAP or trend.peak > _SPIKE * trend.start:
        why = tr("Steps that were too large switched them off for good.")
        sure += 0.1
    else:
        why = tr("The cause is unknown; too large a step is the usual one.")
    how = (
        tr("Reset with rate {lr}.").format(lr=text(values["lr"]))
        if values
        else tr("Reset: a new start revives them.")
    )
    return Hint(
        "dead-units",
        "Dead units",
        tr(
            "{count} units behind layer {layer} always output 0 and get no gradient. {why} {how}"
        ).format(count=_count(worst), layer=worst.layer, why=why, how=how),
        tuple(facts),
        Fix(values, restart=True),
        sure,
    )


def _gradient_fact(trend: Trend) -> Fact:
    return fact(
        "health",
        "The gradient is {left} of what it was at first.",
        left=number(trend.gradient_left, 1),
    )


def _share(v: DeadUnits) -> float:
    return v.dead / max(len(v.flat), 1)


def _count(v: DeadUnits) -> str:
    return (
        tr("All {dead}").format(dead=v.dead)
        if v.dead == len(v.flat)
        else tr("{dead} of {n}").format(dead=v.dead, n=len(v.flat))
    )


def saturated(evidence: Evidence, trend: Trend) -> Hint | None:
    """Sigmoids or tanhs stand at their ends, where there is no slope; those of the last layer too.

    The last layer is meant to be near its ends once it is right.
    """
    rows = [v for v in evidence.dead_units if v.kind in ("Sigmoid", "Tanh")]
    if not rows or not evidence.descends or not trend.enough or trend.accuracy >= _SKILLED:
        return None
    last = evidence.dead_units[-1]
    right = trend.accuracy >= _POOR
    found = [
        v
        for v in rows
        if v.flat.mean() >= (_ALL if v is last else _SATURATED) and not (v is last and right)
    ]
    if not found:
        return None
    worst = max(found, key=lambda v: float(v.flat.mean()))
    share = float(worst.flat.mean())
    knobs = evidence.knobs
    calmer = lower_rate(knobs)
    kind = worst.kind.lower()
    facts = [
        fact(
            "health",
            "{share} of the outputs of the {kind}s behind layer {layer} have a slope below 0.01.",
            share=percent(share, 0),
            kind=kind,
            layer=worst.layer,
        )
    ]
    if trend.gradient_gone:
        facts.append(_gradient_fact(trend))
    facts.append(
        fact(
            "curves",
            "The loss is {last}; it began at {start}.",
            last=number(trend.last, 3),
            start=number(trend.start, 3),
        )
    )
    return Hint(
        "saturated",
        f"Saturated {kind}s",
        tr(
            "Behind layer {layer} {share} of the {kind} outputs are at one of their ends, "
            "where there is no slope and hence no gradient. Reset with a rate of {calmer}."
        ).format(
            layer=worst.layer,
            share=percent(share, 0),
            kind=kind,
            calmer=knobs.knobs["lr"].text(calmer),
        ),
        tuple(facts),
        Fix({"lr": calmer}, restart=True),
        0.5 + 0.2 * share,
    )


def vanishing(evidence: Evidence, trend: Trend) -> Hint | None:
    """Next to nothing of the gradient reaches the first layers."""
    health = layer_health(evidence.layers)
    if not trend.hardly_learning or "optimizer" not in evidence.knobs or len(health.names) < 4:
        return None
    if trend.accuracy >= _SKILLED:
        return None
    half = slice(len(health.steps) // 2, None)
    with np.errstate(all="ignore"):
        shares = health.gradients[half] / health.weights[half]
        middle = np.array(
            [np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan for c in shares.T]
        )
    first, last = middle[0], middle[-1]
    if not (first < _VANISHED * last):
        return None
    knobs = evidence.knobs
    adam = float(knobs.knobs["optimizer"].choices.index("adam"))
    values = {"lr": 0.001} if knobs["optimizer"] == adam else {"optimizer": adam, "lr": 0.001}
    return Hint(
        "vanishing",
        "Vanishing gradients",
        tr(
            "Hardly anything of the gradient reaches the first layer. Adam gives every weight "
            "its own pace, however small its gradient; better still, use fewer layers, ReLUs "
            "or batch norm."
        ),
        (
            fact(
                "health",
                "Beside its weights the gradient of {names} is {first} of that of {health_names}.",
                names=health.names[0],
                first=number(first / last, 1),
                health_names=health.names[-1],
            ),
        ),
        Fix(values, restart=True, redraw=True),
        0.8,
    )


def no_gradient(evidence: Evidence, trend: Trend) -> Hint | None:
    """Guesses at chance and no gradient left: whatever it was, it does not get out of there."""
    if not evidence.descends or not trend.enough or evidence.failure:
        return None
    if not trend.at_chance or not trend.gradient_gone:
        return None
    knobs = evidence.knobs
    calmer = lower_rate(knobs)
    return Hint(
        "no-gradient",
        "No gradient left",
        tr(
            "The test set is read no better than by guessing ({accuracy}), and the gradient "
            "is zero, so nothing will change. Reset with the usual initial weights and a rate "
            "of {calmer}."
        ).format(accuracy=percent(trend.accuracy, 1), calmer=knobs.knobs["lr"].text(calmer)),
        (
            _gradient_fact(trend),
            fact(
                "confusion",
                "{accuracy} of the test set are read right; always guessing the same class "
                "gives {chance}.",
                accuracy=percent(trend.accuracy, 1),
                chance=percent(trend.chance, 1),
            ),
        ),
        Fix({"lr": calmer}, restart=True, redraw=True),
        0.6,
    )
