"""Typical learning rates by optimizer, and batch sizes."""

from core.knobs import Knobs

_RATES = {
    "sgd": 0.1,
    "momentum": 0.02,
    "nesterov": 0.02,
    "adagrad": 0.01,
    "rmsprop": 0.001,
    "adam": 0.001,
    "adamw": 0.001,
}


def typical_rate(knobs: Knobs) -> float:
    """A learning rate that seldom fails with the optimiser chosen.

    With that of the chapter it is the chapter's own.
    """
    own = knobs.knobs["lr"]
    if "optimizer" not in knobs:
        return own.default
    choice = knobs.knobs["optimizer"]
    name = knobs.name_of("optimizer")
    if round(choice.default) == round(knobs["optimizer"]):
        return own.default
    return min(max(_RATES.get(name, own.default), own.low), own.high)


_MOMENTUM = 0.9


def momentum_factor(knobs: Knobs) -> float:
    """How many times as far momentum carries as usual: steps add up to rate / (1 − momentum)."""
    if "momentum" not in knobs or knobs.name_of("optimizer") not in ("momentum", "nesterov"):
        return 1.0
    return (1 - _MOMENTUM) / max(1 - knobs["momentum"], 1e-3)


def relative_rate(knobs: Knobs) -> float:
    """How far the weights are sent, beside what is usual with this optimiser."""
    return knobs["lr"] / typical_rate(knobs) * momentum_factor(knobs)


def lower_rate(knobs: Knobs) -> float:
    """A smaller rate to try: the usual one, or a tenth where that is no smaller."""
    rate, usual = knobs["lr"], typical_rate(knobs)
    return max(usual if rate > 2 * usual else rate / 10, knobs.knobs["lr"].low)


def higher_rate(knobs: Knobs) -> float:
    """A larger rate to try: the usual one, or ten times where that is no larger."""
    rate, usual = knobs["lr"], typical_rate(knobs)
    return min(usual if rate < usual / 2 else rate * 10, knobs.knobs["lr"].high)


def samples_per_step(knobs: Knobs) -> float:
    """How many samples share a step."""
    return knobs["batch_size"] * knobs.get("accumulate", 1)


def typical_batch(knobs: Knobs) -> float:
    """How many do so in this chapter unless told otherwise."""
    return knobs.knobs["batch_size"].default
