"""Rules about the start: weights too wide, too narrow, alike, or biased against their units."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.diagnosis.treatment import BIASED, are_typical_weights, relative_spread
from core.formatting import format_number as number
from core.formatting import tr_format
from core.inspect.health.dead_units import DeadUnits

_FAR_WIDE, _WIDE, _NARROW = 25.0, 4.0, 0.2
_LOUD = 2.0  # times the loss of guessing, before anything is learnt
_ABLE = 0.97
_OFF = 0.5
_AGAIN = Fix({}, restart=True, redraw=True)
_SPREAD = "{name} was {spread} times as wide at the start as usual."

Weights = dict[str, np.ndarray]
"""Parameters by name, as the run began with them."""


@rule("lr", below=_ABLE, early=True, broken=True)
def bad_start(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The weights that it began with are far too wide, too narrow, all the same, or biased."""
    if evidence.start is None or len(evidence.start) != evidence.layout.size:
        return None
    trained = {s.name for s in evidence.layout.specs if s.offset < evidence.layout.num_params}
    views = evidence.layout.views(evidence.start)
    weights = {name: values for name, values in views.items() if name in trained}
    for judge in (_equal, _wide, _biased, _narrow):
        if (hint := judge(evidence, trend, draft, weights)) is not None:
            return hint
    return None


def _matrices(weights: Weights) -> Weights:
    return {name: values for name, values in weights.items() if values.ndim > 1}


def _spreads(weights: Weights) -> dict[str, float]:
    return {name: relative_spread(values) for name, values in _matrices(weights).items()}


def _hint(draft: Draft, key: str, name: str, sentence: str, sure: float, **fields: object) -> Hint:
    if draft.trend.enough:
        draft.fact("curves", "After {count:,} mini-batches the loss is {last:3}.")
    return draft.hint(key, name, sentence, _AGAIN, sure, **fields)


def _equal(evidence: Evidence, trend: Trend, draft: Draft, weights: Weights) -> Hint | None:
    """All units of a hidden layer begin alike; a last layer of zeros does no harm."""
    found = _matrices(weights)
    hidden = list(found)[:-1]
    alike = [name for name in hidden if len(found[name]) > 1 and _rows_alike(found[name])]
    if not alike or not (trend.hardly_learning or trend.at_chance or not trend.enough):
        return None
    values = found[alike[0]]
    if (values == values.flat[0]).all():
        said = "All weights of {alike} were {flat:3} at the start."
    else:
        said = "All {n} units of {alike} had the same weights at the start."
    draft.fact("histograms", said, alike=alike[0], flat=values.flat[0], n=len(values))
    return _hint(
        draft,
        "start-equal",
        "Equal weights at the start",
        "All units of a layer began with the same weights. They get the same gradient and "
        "stay alike. Reset with random weights.",
        0.94,
    )


def _rows_alike(values: np.ndarray) -> bool:
    return bool(np.ptp(values, axis=0).max() <= 1e-5 * max(float(np.abs(values).max()), 1e-9))


def _wide(evidence: Evidence, trend: Trend, draft: Draft, weights: Weights) -> Hint | None:
    """The scores are far off before anything is learnt, or the sigmoids cannot but be saturated."""
    spreads = _spreads(weights)
    name = max(spreads, key=spreads.__getitem__, default="")
    spread = spreads.get(name, 0.0)
    guess = evidence.data.guess_loss if evidence.data is not None else np.nan
    if not np.isfinite(guess) and len(evidence.classes) > 2:
        guess = float(np.log(len(evidence.classes)))
    loud = trend.start > _LOUD * guess or not np.isfinite(trend.start)
    flat = max(
        (float(v.flat.mean()) for v in _began(evidence) if v.kind in ("Sigmoid", "Tanh")),
        default=0.0,
    )
    # Scores that are sigmoids cannot be far off: such networks may begin wide.
    last = evidence.dead_units[-1] if evidence.dead_units else None
    ends = f"{last.layer}.weight" if last is not None and last.kind == "Sigmoid" else None
    wide = spread > _WIDE and (loud or flat > _OFF) and ends != list(spreads)[-1]
    if spread <= _FAR_WIDE and not wide:
        return None
    draft.fact("histograms", _SPREAD, name=name, spread=number(spread, 3))
    return _hint(
        draft,
        "start-wide",
        "Initial weights too large",
        "The weights began {spread:3} times as large as usual: outputs are far off before "
        "anything is learnt, and gradients are wild or zero. Reset with the usual initial "
        "weights.",
        0.93,
        spread=spread,
    )


def _narrow(evidence: Evidence, trend: Trend, draft: Draft, weights: Weights) -> Hint | None:
    spreads = _spreads(weights)
    name = min(spreads, key=spreads.__getitem__, default="")
    spread = spreads.get(name, 1.0)
    if spread >= _NARROW or len(spreads) < 2 or not (trend.hardly_learning or not trend.enough):
        return None
    draft.fact("histograms", _SPREAD, name=name, spread=number(spread, 2))
    return _hint(
        draft,
        "start-narrow",
        "Initial weights too small",
        "The weights began so small that hardly anything comes through the layers, forward or "
        "backward. Reset with the usual initial weights.",
        0.92,
    )


def _biased(evidence: Evidence, trend: Trend, draft: Draft, weights: Weights) -> Hint | None:
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
    if dead is not None and share >= _OFF:
        draft.fact(
            "health",
            "{count} units behind layer {layer} had no slope for any of {pictures} test pictures "
            "before the first mini-batch.",
            dead,
            count=tr_format("{dead} of {n}" if share < 1 else "All {dead}", dead, n=len(dead.flat)),
        )
    draft.fact(
        "histograms",
        "The mean of {name} was {mean:3} at the start; about 0 is usual.",
        name=name,
        mean=mean,
    )
    return _hint(
        draft,
        "start-biased",
        "Units switched off from the start" if share >= _OFF else "Biased initial weights",
        "The network began with weights or biases far to one side of zero, so that its units "
        "give the same output whatever they see. Reset with the usual initial weights.",
        0.94 if share >= _OFF else 0.92,
    )


def _began(evidence: Evidence) -> tuple[DeadUnits, ...]:
    return evidence.condition.dead_units_at_start if evidence.condition is not None else ()
