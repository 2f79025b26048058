"""Rules about layers: dead or saturated units and their cause, vanishing gradients."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint
from core.diagnosis.run_summary import Trend
from core.diagnosis.typical_values import lower_rate, typical_rate
from core.formatting import format_number as number
from core.formatting import format_percent as percent
from core.inspect.health.dead_units import DeadUnits
from core.inspect.health.layer_health import layer_health

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
    facts = [Fact(f"{_count(v)} units behind layer {v.layer} output 0 for all {v.pictures} test "
                  "pictures.", "health")
             for v in sorted(rows, key=_share, reverse=True)
             if v.dead > len(v.flat) / 10]  # fmt: skip
    values = {"lr": lower_rate(knobs)} if rate >= usual else {}
    sure = 0.45 + 0.3 * _share(worst)
    if trend.max_rate > 2 * max(rate, usual):
        values = {"lr": usual} if rate > 2 * usual else {}
        facts.insert(1, Fact(f"The rate was up to {number(trend.max_rate, 3)} (mini-batch "
                             f"{trend.max_rate_step:,}); {number(usual, 3)} is usual.",
                             "curves"))  # fmt: skip
        why = f"A learning rate of {text(trend.max_rate)} switched them off for good."
        sure = 0.92
    elif trend.max_ratio > _LEAP or trend.peak > _SPIKE * trend.start:
        why = "Steps that were too large switched them off for good."
        sure += 0.1
    else:
        why = "The cause is unknown; too large a step is the usual one."
    how = f"Reset with rate {text(values['lr'])}." if values else "Reset: a new start revives them."
    return Hint(
        "dead-units",
        "Dead units",
        f"{_count(worst)} units behind layer {worst.layer} always output 0 and get no gradient. "
        f"{why} {how}",
        tuple(facts),
        Fix(values, restart=True),
        sure,
    )


def _share(v: DeadUnits) -> float:
    return v.dead / max(len(v.flat), 1)


def _count(v: DeadUnits) -> str:
    return f"All {v.dead}" if v.dead == len(v.flat) else f"{v.dead} of {len(v.flat)}"


def saturated(evidence: Evidence, trend: Trend) -> Hint | None:
    """Sigmoids or tanhs stand at their ends, where there is no slope; those of the last layer too.

    The last layer is meant to be near its ends once it is right.
    """
    rows = [v for v in evidence.dead_units if v.kind in ("Sigmoid", "Tanh")]
    if not rows or not evidence.descends or not trend.enough or trend.accuracy >= _SKILLED:
        return None
    last = evidence.dead_units[-1]
    right = trend.accuracy >= _POOR
    found = [v for v in rows if v.flat.mean() >= (_ALL if v is last else _SATURATED)
             and not (v is last and right)]  # fmt: skip
    if not found:
        return None
    worst = max(found, key=lambda v: float(v.flat.mean()))
    share = float(worst.flat.mean())
    knobs = evidence.knobs
    calmer = lower_rate(knobs)
    kind = worst.kind.lower()
    facts = [Fact(f"{percent(share, 0)} of the outputs of the {kind}s behind layer {worst.layer} "
                  "have a slope below 0.01.", "health")]  # fmt: skip
    if trend.gradient_gone:
        facts.append(Fact(f"The gradient is {number(trend.gradient_left, 1)} of what it was at "
                          "first.",
                          "health"))  # fmt: skip
    facts.append(
        Fact(
            f"The loss is {number(trend.last, 3)}; it began at {number(trend.start, 3)}.", "curves"
        )
    )
    return Hint(
        "saturated",
        f"Saturated {kind}s",
        f"Behind layer {worst.layer} {percent(share, 0)} of the {kind} outputs are at one of their "
        "ends, where there is no slope and hence no gradient. Reset with a rate of "
        f"{knobs.knobs['lr'].text(calmer)}.",
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
        middle = np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan
                           for c in shares.T])  # fmt: skip
    first, last = middle[0], middle[-1]
    if not (first < _VANISHED * last):
        return None
    knobs = evidence.knobs
    adam = float(knobs.knobs["optimizer"].choices.index("adam"))
    values = {"lr": 0.001} if knobs["optimizer"] == adam else {"optimizer": adam, "lr": 0.001}
    return Hint(
        "vanishing",
        "Vanishing gradients",
        "Hardly anything of the gradient reaches the first layer. Adam gives every weight its own "
        "pace, however small its gradient; better still, use fewer layers, ReLUs or batch norm.",
        (
            Fact(
                f"Beside its weights the gradient of {health.names[0]} is "
                f"{number(first / last, 1)} of that of {health.names[-1]}.",
                "health",
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
        f"The test set is read no better than by guessing ({percent(trend.accuracy, 1)}), and the "
        "gradient is zero, so nothing will change. Reset with the usual initial weights and a "
        f"rate of {knobs.knobs['lr'].text(calmer)}.",
        (Fact(f"The gradient is {number(trend.gradient_left, 1)} of what it was at first.",
              "health"),
         Fact(f"{percent(trend.accuracy, 1)} of the test set are read right; always guessing the "
              f"same class gives {percent(trend.chance, 1)}.", "confusion")),
        Fix({"lr": calmer}, restart=True, redraw=True),
        0.6,
    )  # fmt: skip
