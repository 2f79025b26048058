"""Rules about the start: weights too wide, too narrow, alike, or biased against their units."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fact, Fix, Hint, fact
from core.diagnosis.run_summary import Trend
from core.diagnosis.treatment import BIASED, are_typical_weights, relative_spread
from core.formatting import format_number as number
from core.inspect.health.dead_units import DeadUnits
from core.translation import tr

_FAR_WIDE, _WIDE, _NARROW = 25.0, 4.0, 0.2
_LOUD = 2.0  # times the loss of guessing, before anything is learnt
_ABLE = 0.97
_OFF = 0.5
_AGAIN = Fix({}, restart=True, redraw=True)


def bad_start(evidence: Evidence, trend: Trend) -> Hint | None:
    """The weights that it began with are far too wide, too narrow, all the same, or biased."""
    if not evidence.descends or trend.accuracy >= _ABLE:
        return None
    weights = _weights(evidence)
    if weights is None:
        return None
    for rule in (_equal, _wide, _biased, _narrow):
        if (hint := rule(evidence, trend, weights)) is not None:
            return hint
    return None


def _weights(evidence: Evidence) -> dict[str, np.ndarray] | None:
    """What it began with, by name; only parameters. None where that is not known."""
    if evidence.start is None or len(evidence.start) != evidence.layout.size:
        return None
    trained = {s.name for s in evidence.layout.specs if s.offset < evidence.layout.num_params}
    views = evidence.layout.views(evidence.start)
    return {name: values for name, values in views.items() if name in trained}


def _matrices(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values for name, values in weights.items() if values.ndim > 1}


def _hint(key: str, name: str, sentence: str, said: str, trend: Trend, sure: float) -> Hint:
    facts = [Fact(said, "histograms")]
    if trend.enough:
        facts.append(
            fact(
                "curves",
                "After {count:,} mini-batches the loss is {last}.",
                count=trend.count,
                last=number(trend.last, 3),
            )
        )
    return Hint(key, name, sentence, tuple(facts), _AGAIN, sure)


def _equal(evidence: Evidence, trend: Trend, weights: dict[str, np.ndarray]) -> Hint | None:
    """All units of a hidden layer begin alike; a last layer of zeros does no harm."""
    found = _matrices(weights)
    hidden = list(found)[:-1]
    alike = [name for name in hidden if len(found[name]) > 1 and _rows_alike(found[name])]
    if not alike or not (trend.hardly_learning or trend.at_chance or not trend.enough):
        return None
    values = found[alike[0]]
    one = bool((values == values.flat[0]).all())
    said = (
        tr("All weights of {alike} were {flat} at the start.").format(
            alike=alike[0], flat=number(values.flat[0], 3)
        )
        if one
        else tr("All {n} units of {alike} had the same weights at the start.").format(
            n=len(values), alike=alike[0]
        )
    )
    return _hint(
        "start-equal",
        "Equal weights at the start",
        tr(
            "All units of a layer began with the same weights. They get the same gradient and "
            "stay alike. Reset with random weights."
        ),
        said,
        trend,
        0.94,
    )


def _rows_alike(values: np.ndarray) -> bool:
    return bool(np.ptp(values, axis=0).max() <= 1e-5 * max(float(np.abs(values).max()), 1e-9))


def _wide(evidence: Evidence, trend: Trend, weights: dict[str, np.ndarray]) -> Hint | None:
    """The scores are far off before anything is learnt, or the sigmoids cannot but be saturated."""
    name, spread = max(
        ((name, relative_spread(values)) for name, values in _matrices(weights).items()),
        key=lambda one: one[1],
        default=("", 0.0),
    )
    guess = evidence.data.guess_loss if evidence.data is not None else np.nan
    if not np.isfinite(guess) and len(evidence.classes) > 2:
        guess = float(np.log(len(evidence.classes)))
    loud = trend.start > _LOUD * guess or not np.isfinite(trend.start)
    flat = max(
        (float(v.flat.mean()) for v in _began(evidence) if v.kind in ("Sigmoid", "Tanh")),
        default=0.0,
    )
    wide = spread > _WIDE and (loud or flat > _OFF) and not _ends_in_sigmoids(evidence)
    if spread <= _FAR_WIDE and not wide:
        return None
    return _hint(
        "start-wide",
        "Initial weights too large",
        tr(
            "The weights began {spread} times as large as usual: outputs are far off before "
            "anything is learnt, and gradients are wild or zero. Reset with the usual initial "
            "weights."
        ).format(spread=number(spread, 3)),
        tr("{name} was {spread} times as wide at the start as usual.").format(
            name=name, spread=number(spread, 3)
        ),
        trend,
        0.93,
    )


def _ends_in_sigmoids(evidence: Evidence) -> bool:
    """Whether scores are sigmoids, which cannot be far off: such networks may begin wide."""
    return (
        bool(evidence.dead_units)
        and evidence.dead_units[-1].kind == "Sigmoid"
        and (evidence.dead_units[-1].layer == list(_matrices(_weights(evidence) or {}))[-1][:-7])
    )


def _narrow(evidence: Evidence, trend: Trend, weights: dict[str, np.ndarray]) -> Hint | None:
    found = _matrices(weights)
    name, spread = min(
        ((name, relative_spread(values)) for name, values in found.items()),
        key=lambda one: one[1],
        default=("", 1.0),
    )
    if spread >= _NARROW or len(found) < 2 or not (trend.hardly_learning or not trend.enough):
        return None
    return _hint(
        "start-narrow",
        "Initial weights too small",
        tr(
            "The weights began so small that hardly anything comes through the layers, "
            "forward or backward. Reset with the usual initial weights."
        ),
        tr("{name} was {spread} times as wide at the start as usual.").format(
            name=name, spread=number(spread, 2)
        ),
        trend,
        0.92,
    )


def _biased(evidence: Evidence, trend: Trend, weights: dict[str, np.ndarray]) -> Hint | None:
    """Biases, or weights on one side of zero, switch units off before the first mini-batch."""
    dead = max(_began(evidence), key=lambda v: v.dead / len(v.flat), default=None)
    share = dead.dead / len(dead.flat) if dead is not None else 0.0
    least = BIASED if share >= _OFF else 2 * BIASED
    large = {
        name: float(values.mean())
        for name, values in weights.items()
        if name.endswith("bias") and np.sqrt(np.square(values).mean()) > least
    }
    shifted = {
        name: float(values.mean())
        for name, values in _matrices(weights).items()
        if not are_typical_weights(values) and abs(values.mean()) > values.std() > 0
    }
    worst = max({**shifted, **large}.items(), key=lambda one: abs(one[1]), default=None)
    if worst is None or (share < _OFF and not trend.hardly_learning):
        return None
    name, mean = worst
    facts = tr("The mean of {name} was {mean} at the start; about 0 is usual.").format(
        name=name, mean=number(mean, 3)
    )
    hint = _hint(
        "start-biased",
        "Units switched off from the start" if share >= _OFF else "Biased initial weights",
        tr(
            "The network began with weights or biases far to one side of zero, so that its "
            "units give the same output whatever they see. Reset with the usual initial "
            "weights."
        ),
        facts,
        trend,
        0.92,
    )
    if dead is None or share < _OFF:
        return hint
    count = (
        tr("{dead} of {n}").format(dead=dead.dead, n=len(dead.flat))
        if share < 1
        else tr("All {dead}").format(dead=dead.dead)
    )
    one = fact(
        "health",
        "{count} units behind layer {layer} had no slope for any of {pictures} test "
        "pictures before the first mini-batch.",
        count=count,
        layer=dead.layer,
        pictures=dead.pictures,
    )
    return Hint(hint.key, hint.name, hint.sentence, (one, *hint.facts), hint.fix, 0.94)


def _began(evidence: Evidence) -> tuple[DeadUnits, ...]:
    return evidence.condition.dead_units_at_start if evidence.condition is not None else ()
