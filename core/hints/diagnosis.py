"""What is wrong with a run: all rules asked, consequences put under their causes, in order."""

from collections.abc import Callable
from dataclasses import replace

from core.hints.evidence import Evidence
from core.hints.hint import Hint
from core.hints.layers import bad_start, dead_units, saturated, vanishing
from core.hints.learning import imbalance, overfitting
from core.hints.rates import leaping_gradient, lost_numbers, noisy_batch, rate_high, rate_low
from core.hints.trend import Trend, trend_of

RULES: tuple[Callable[[Evidence, Trend], Hint | None], ...] = (
    lost_numbers,
    bad_start,
    noisy_batch,
    rate_high,
    rate_low,
    dead_units,
    saturated,
    vanishing,
    leaping_gradient,
    overfitting,
    imbalance,
)
"""Every rule; of two equally sure ones the earlier is the cause."""

_STARTS = ("start-equal", "start-wide", "start-narrow")
_EXPLAINS = {
    **dict.fromkeys(_STARTS, ("*",)),
    "lost-numbers": ("*",),
    "batch-small": ("rate-high", "dead-units", "gradient-leaps", "vanishing"),
    "rate-high": ("dead-units", "saturated", "vanishing", "gradient-leaps"),
    "saturated": ("rate-high", "vanishing"),
    "dead-units": ("vanishing", "rate-high"),
    "overfitting": ("gradient-leaps",),
}
_MOST_FACTS = 4


def diagnose(evidence: Evidence) -> tuple[Hint, ...]:
    """Hints, the surest first; none for a run that fares well.

    What another one explains is not a hint of its own: its numbers stand with that one.
    """
    trend = trend_of(evidence)
    found = [hint for rule in RULES if (hint := rule(evidence, trend)) is not None]
    found.sort(key=lambda hint: (hint.key not in _STARTS, -hint.confidence))
    kept: list[Hint] = []
    for hint in found:
        for place, cause in enumerate(kept):
            explained = _EXPLAINS.get(cause.key, ())
            if hint.key in explained or "*" in explained:
                facts = (cause.facts + hint.facts)[:_MOST_FACTS]
                kept[place] = replace(cause, facts=facts)
                break
        else:
            kept.append(hint)
    return tuple(kept)
