"""Rules about layers: how they began, which units are dead or saturated, gradients that vanish."""

import math

import numpy as np

from core.hints.evidence import Evidence
from core.hints.hint import Cure, Fact, Hint
from core.hints.trend import Trend
from core.hints.usual import calmer_rate, usual_rate
from core.inspect.health import health_of

_WIDE, _NARROW, _ALIKE = 25.0, 0.2, 1e-5
_DEAD = 0.4
_SATURATED = 0.8
_VANISHED = 1e-4
_SKILLED = 0.9


def bad_start(evidence: Evidence, trend: Trend) -> Hint | None:
    """The weights that it began with are far too wide, too narrow, or all the same."""
    layers = evidence.layers
    if not evidence.descends or not len(layers.steps) or trend.accuracy >= _SKILLED:
        return None
    found: list[tuple[str, float, bool]] = []
    for slot in evidence.layout.slots:
        if len(slot.shape) < 2 or slot.name not in layers.names:
            continue
        at = layers.names.index(slot.name)
        norm = layers.weight_norm[0, at]
        low, high = layers.weight_edges[0, at]
        fan_in = math.prod(slot.shape[1:])
        spread = norm / math.sqrt(slot.size) * math.sqrt(3 * fan_in)
        found.append((slot.name, float(spread), bool(high - low <= _ALIKE * max(abs(high), 1e-9))))
    if not found:
        return None
    alike = [name for name, _, same in found if same]
    widest = max(found, key=lambda one: one[1])
    narrow = min(found, key=lambda one: one[1])
    if alike:
        sentence = (
            "It began with weights that are all the same. Units that begin alike are told the same "
            "and stay alike; begin again with weights drawn at random."
        )
        fact = f"All numbers of {alike[0]} were equal at the start."
        key, name, sure = "start-equal", "Equal weights at the start", 0.92
    elif widest[1] > _WIDE:
        sentence = (
            "It began with weights far too wide: what goes through the layers grows too large "
            "to be corrected gently. Begin again with the usual ones."
        )
        fact = f"{widest[0]} was {widest[1]:.0f} times as wide at the start as usual."
        key, name, sure = "start-wide", "Weights too wide at the start", 0.93
    elif narrow[1] < _NARROW and len(found) > 1 and (trend.little or not trend.enough):
        sentence = (
            "It began with weights so narrow that hardly anything comes through the layers, "
            "forward or backward. Begin again with the usual ones."
        )
        fact = f"{narrow[0]} was {narrow[1]:.2g} times as wide at the start as usual."
        key, name, sure = "start-narrow", "Weights too narrow at the start", 0.9
    else:
        return None
    facts = [Fact(fact, "histograms")]
    if trend.enough:
        facts.append(Fact(f"After {trend.count:,} mini-batches the loss is {trend.last:.3g}.",
                          "curves"))  # fmt: skip
    return Hint(key, name, sentence, tuple(facts), Cure({}, restart=True), sure)


def dead_units(evidence: Evidence, trend: Trend) -> Hint | None:
    """Many ReLUs are never on."""
    rows = [v for v in evidence.vitality if v.kind == "ReLU"]
    worst = max(rows, key=lambda v: v.dead / max(len(v.flat), 1), default=None)
    if worst is None or not evidence.descends or not trend.enough:
        return None
    share = worst.dead / max(len(worst.flat), 1)
    if share < _DEAD or trend.accuracy >= 0.97:
        return None
    knobs = evidence.knobs
    calmer = calmer_rate(knobs) if knobs["lr"] >= usual_rate(knobs) else knobs["lr"]
    facts = tuple(
        Fact(f"Behind layer {v.layer}, {v.dead} of {len(v.flat)} ReLUs are on for none of "
             f"{v.pictures} test pictures.", "health")
        for v in sorted(rows, key=lambda v: -v.dead / max(len(v.flat), 1))
        if v.dead > len(v.flat) / 10
    )  # fmt: skip
    return Hint(
        "dead-units",
        "Dead units",
        f"{worst.dead} of {len(worst.flat)} ReLUs behind layer {worst.layer} are never on, and "
        "nothing wakes them. Begin again with a rate of "
        f"{knobs.knobs['lr'].text(calmer)}, which kills fewer.",
        facts,
        Cure({"lr": calmer}, restart=True),
        0.4 + 0.3 * share,
    )


def saturated(evidence: Evidence, trend: Trend) -> Hint | None:
    """Hidden sigmoids or tanhs stand at their ends, where there is no slope."""
    rows = [v for v in evidence.vitality[:-1] if v.kind in ("Sigmoid", "Tanh")]
    worst = max(rows, key=lambda v: float(v.flat.mean()), default=None)
    if worst is None or not evidence.descends or not trend.enough:
        return None
    share = float(worst.flat.mean())
    if share < _SATURATED or trend.accuracy >= _SKILLED:
        return None
    knobs = evidence.knobs
    calmer = calmer_rate(knobs)
    return Hint(
        "saturated",
        f"Saturated {worst.kind.lower()}s",
        f"Behind layer {worst.layer} {share:.0%} of what the {worst.kind.lower()}s say is at one "
        "of their ends, where there is no slope to learn from. Begin again with a rate of "
        f"{knobs.knobs['lr'].text(calmer)}.",
        (Fact(f"{share:.0%} of the answers of layer {worst.layer} have a slope below 0.01.",
              "health"),
         Fact(f"The loss is {trend.last:.3g}; it began at {trend.start:.3g}.", "curves")),
        Cure({"lr": calmer}, restart=True),
        0.6 + 0.3 * share,
    )  # fmt: skip


def vanishing(evidence: Evidence, trend: Trend) -> Hint | None:
    """Next to nothing of the gradient reaches the first layers."""
    health = health_of(evidence.layers)
    if not trend.ruined or "optimizer" not in evidence.knobs or len(health.names) < 3:
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
    if knobs["optimizer"] == adam:
        return None
    return Hint(
        "vanishing",
        "Vanishing gradients",
        "Hardly anything of the gradient reaches the first layer. Adam gives every weight its own "
        "pace, small gradient or not.",
        (Fact(f"Beside its weights the gradient of {health.names[0]} is {first / last:.1g} of that "
              f"of {health.names[-1]}.", "health"),),
        Cure({"optimizer": adam, "lr": 0.001}, restart=True),
        0.6,
    )  # fmt: skip
