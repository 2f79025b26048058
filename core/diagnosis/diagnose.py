"""Diagnosis: applies all rules, merges symptoms into their causes, and sorts the hints."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Hint
from core.diagnosis.rules import data, layers, learning, learning_rate, schedule, settings
from core.diagnosis.rules.draft import Rule
from core.diagnosis.rules.initial_weights import bad_start
from core.diagnosis.run_summary import Trend

RULES: tuple[Rule, ...] = (
    data.blank_inputs, data.sample_order, data.input_scale, data.wrong_labels,
    data.mismatched_test_set, bad_start, learning_rate.divergence, settings.strong_decay,
    settings.strong_dropout, settings.strong_augmentation, settings.strong_clipping,
    schedule.long_warmup, schedule.early_decay, schedule.slow_averaging, schedule.large_batch,
    schedule.early_stop, learning_rate.small_batch, learning_rate.rate_high,
    learning_rate.rate_low, layers.dead_units, layers.saturated, layers.vanishing,
    layers.no_gradient, learning_rate.gradient_spikes, data.imbalance, learning.overfitting,
    learning.underfitting,
)  # fmt: skip
"""Every rule; of two equally sure ones the earlier is the cause."""

_FIRST = {
    "inputs-constant": 0, "samples-ordered": 1, "inputs-scale": 1, "test-differs": 1,
    "labels-wrong": 2,
    "start-equal": 2, "start-wide": 2, "start-biased": 2, "start-narrow": 2,
}  # fmt: skip
"""What was wrong before the first mini-batch comes before what followed from it."""

_SYMPTOMS = ("dead-units", "saturated", "vanishing", "no-gradient", "rate-low", "gradient-leaps")
_EXPLAINS = {
    **dict.fromkeys(_FIRST, ("*",)),
    "lost-numbers": ("*",),
    "batch-small": ("rate-high", "gradient-leaps", *_SYMPTOMS),
    "rate-high": (*_SYMPTOMS, "underfitting", "imbalance", "overfitting"),
    "momentum-high": (*_SYMPTOMS, "underfitting"),
    "saturated": ("vanishing", "no-gradient", "rate-low"),
    "dead-units": ("vanishing", "no-gradient", "rate-low", "underfitting"),
    "vanishing": ("no-gradient", "rate-low", "rate-high", "underfitting"),
    "overfitting": ("gradient-leaps",),
    "test-differs": ("overfitting", "rate-high", "imbalance", "gradient-leaps"),
    "imbalance": ("overfitting", "gradient-leaps", "rate-low"),
    **dict.fromkeys(
        ("decay-strong", "dropout-strong", "augmentation-strong", "clip-strong", "warmup-long",
         "rate-decayed", "batch-large", "stopped-early"),
        (*_SYMPTOMS, "underfitting", "imbalance"),
    ),
    "averaging-slow": ("overfitting", "imbalance"),
}  # fmt: skip
_MOST_FACTS = 4


def ranked(hints: Sequence[Hint], verdicts: Mapping[str, bool]) -> tuple[Hint, ...]:
    """Hints in the order in which they are to be tried, by what was proven of their fixes, by key.

    A fix that helped comes first, one that did not comes last, also behind those not proven yet.
    """
    places = {True: 0, None: 1, False: 2}
    return tuple(sorted(hints, key=lambda hint: places[verdicts.get(hint.key)]))


def diagnose(evidence: Evidence) -> tuple[Hint, ...]:
    """Hints, the surest first; none for a run that fares well.

    What another one explains is not a hint of its own: its numbers stand with that one.
    """
    trend = Trend(evidence)
    found = [hint for rule in RULES if (hint := rule(evidence, trend)) is not None]
    found.sort(key=lambda hint: (_FIRST.get(hint.key, 3), -hint.confidence))
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
