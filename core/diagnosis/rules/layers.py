"""Rules about layers: dead or saturated units and their cause, vanishing gradients."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import lower_rate, typical_rate
from core.formatting import tr_format
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.layer_health import layer_health
from core.translation import tr

_DEAD = 0.4
_SATURATED, _ALL, _POOR = 0.7, 0.97, 0.6
_VANISHED = 1e-3
_SKILLED, _ABLE = 0.9, 0.97
_SPIKE, _LEAP = 1.5, 0.3


@rule("lr", below=_ABLE, broken=True)
def dead_units(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Many ReLUs are never on; what killed them is asked for first."""
    rows = [v for v in evidence.dead_units if v.kind == "ReLU"]
    worst = max(rows, key=_share, default=None)
    if worst is None or _share(worst) < _DEAD:
        return None
    knobs, usual = evidence.knobs, typical_rate(evidence.knobs)
    rate = knobs["lr"]
    for v in sorted(rows, key=_share, reverse=True):
        if v.dead > len(v.flat) / 10:
            draft.fact(
                "health",
                "{count} units behind layer {layer} output 0 for all {pictures} test pictures.",
                v,
                count=_count(v),
            )
    values = {"lr": lower_rate(knobs)} if rate >= usual else {}
    sure = 0.45 + 0.3 * _share(worst)
    if trend.max_rate > 2 * max(rate, usual):
        values = {"lr": usual} if rate > 2 * usual else {}
        draft.fact(
            "curves",
            "The rate was up to {max_rate:3} (mini-batch {max_rate_step:,}); {usual:3} is usual.",
            usual=usual,
        )
        draft.facts.insert(1, draft.facts.pop())
        why = draft.text("A learning rate of {max_rate:4} switched them off for good.")
        sure = 0.92
    elif trend.max_ratio > _LEAP or trend.peak > _SPIKE * trend.start:
        why = tr("Steps that were too large switched them off for good.")
        sure += 0.1
    else:
        why = tr("The cause is unknown; too large a step is the usual one.")
    how = tr("Reset: a new start revives them.")
    if values:
        how = tr_format("Reset with rate {lr:4}.", lr=values["lr"])
    return draft.hint(
        "dead-units",
        "Dead units",
        "{count} units behind layer {layer} always output 0 and get no gradient. {why} {how}",
        Fix(values, restart=True),
        sure,
        worst,
        count=_count(worst),
        why=why,
        how=how,
    )


def _gradient_fact(draft: Draft) -> None:
    draft.fact("health", "The gradient is {gradient_left:1} of what it was at first.")


def _share(v: DeadUnits) -> float:
    return v.dead / max(len(v.flat), 1)


def _count(v: DeadUnits) -> str:
    words = "All {dead}" if v.dead == len(v.flat) else "{dead} of {n}"
    return tr_format(words, v, n=len(v.flat))


@rule("lr", below=_SKILLED, broken=True)
def saturated(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Sigmoids or tanhs stand at their ends, where there is no slope; those of the last layer too.

    The last layer is meant to be near its ends once it is right.
    """
    rows = [v for v in evidence.dead_units if v.kind in ("Sigmoid", "Tanh")]
    last = evidence.dead_units[-1] if evidence.dead_units else None
    right = trend.right >= _POOR
    found = [
        v
        for v in rows
        if v.flat.mean() >= (_ALL if v is last else _SATURATED) and not (v is last and right)
    ]
    if not found:
        return None
    worst = max(found, key=lambda v: float(v.flat.mean()))
    share = float(worst.flat.mean())
    calmer = lower_rate(evidence.knobs)
    kind = worst.kind.lower()
    draft.fact(
        "health",
        "{share:0%} of the outputs of the {kind}s behind layer {layer} have a slope below 0.01.",
        worst,
        share=share,
        kind=kind,
    )
    if trend.gradient_gone:
        _gradient_fact(draft)
    draft.fact("curves", "The loss is {last:3}; it began at {start:3}.")
    return draft.hint(
        "saturated",
        f"Saturated {kind}s",
        "Behind layer {layer} {share:0%} of the {kind} outputs are at one of their "
        "ends, where there is no slope and hence no gradient. Reset with a rate of "
        "{calmer:4}.",
        Fix({"lr": calmer}, restart=True),
        0.5 + 0.2 * share,
        worst,
        share=share,
        kind=kind,
        calmer=calmer,
    )


@rule("optimizer", below=_SKILLED, broken=True)
def vanishing(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Next to nothing of the gradient reaches the first layers."""
    health = layer_health(evidence.layers)
    if not trend.hardly_learning or len(health.names) < 4:
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
    draft.fact(
        "health",
        "Beside its weights the gradient of {names} is {first:1} of that of {health_names}.",
        names=health.names[0],
        first=first / last,
        health_names=health.names[-1],
    )
    return draft.hint(
        "vanishing",
        "Vanishing gradients",
        "Hardly anything of the gradient reaches the first layer. Adam gives every weight "
        "its own pace, however small its gradient; better still, use fewer layers, ReLUs "
        "or batch norm.",
        Fix(values, restart=True, redraw=True),
        0.8,
    )


@rule("lr", needs="metric")
def no_gradient(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Guesses at chance and no gradient left: whatever it was, it does not get out of there."""
    if not trend.at_chance or not trend.gradient_gone:
        return None
    calmer = lower_rate(evidence.knobs)
    _gradient_fact(draft)
    draft.fact(
        "confusion",
        "{right:1%} of the test set are read right; always guessing the same "
        "class gives {chance:1%}.",
    )
    return draft.hint(
        "no-gradient",
        "No gradient left",
        "The test set is read no better than by guessing ({right:1%}), and the "
        "gradient is zero, so nothing will change. Reset with the usual initial "
        "weights and a rate of {calmer:4}.",
        Fix({"lr": calmer}, restart=True, redraw=True),
        0.6,
        calmer=calmer,
    )
