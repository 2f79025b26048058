"""Rules about what is learnt: by heart instead of in general, some classes not at all."""

import numpy as np

from core.hints.evidence import Evidence
from core.hints.hint import Cure, Fact, Hint
from core.hints.trend import Trend
from core.train.knobs import Knobs

_RISEN, _FEWEST_LOOKS, _AFTER = 1.25, 5, 3
_ONCE, _ABLE = 1.5, 0.97
_GAP, _POOR, _REPEATS = 4.0, 0.8, 10
_FEW = 2.5
_MISSED = 0.15
_DECAYED_BY_ITSELF = ("adam", "adamw")


def overfitting(evidence: Evidence, trend: Trend) -> Hint | None:
    """The test set is read worse and worse while the training set is read better."""
    if not evidence.descends or not trend.enough or evidence.failure:
        return None
    looks = evidence.recent_looks("loss")
    if len(looks) < _FEWEST_LOOKS or not np.isfinite(looks).all() or trend.accuracy >= _ABLE:
        return None
    smooth = np.convolve(looks, np.ones(3) / 3, "valid")
    best = int(smooth.argmin())
    lowest, now = float(smooth[best]), float(smooth[-1])
    gap = now / max(trend.last, 1e-12)
    met = _met(evidence)  # what is met for the first time cannot be remembered
    risen = now > _RISEN * lowest and len(smooth) - 1 - best >= _AFTER and met > _ONCE
    apart = gap > _GAP and trend.accuracy < _POOR and met >= _REPEATS
    if not (risen or apart) or gap < 2 or trend.last > trend.early:
        return None
    cure, how = _against_memory(evidence.knobs)
    facts = [Fact(f"The loss is {trend.last:.3g} on what it learns from and {now:.3g} on the test "
                  "set.", "curves")]  # fmt: skip
    if risen:
        facts.insert(0, Fact(f"On the test set it was {lowest:.3g} already.", "curves"))
    return Hint(
        "overfitting",
        "Learnt by heart",
        f"It remembers its samples rather than learning from them. {how}",
        tuple(facts),
        cure,
        0.75 if risen else 0.65 + min(met, 20) / 100,
    )


def _met(evidence: Evidence) -> float:
    """How often every sample was met since the knobs stand as now."""
    epochs = evidence.recent("epoch")
    return float(epochs[-1] - epochs[0]) if len(epochs) else 0.0


def _against_memory(knobs: Knobs) -> tuple[Cure | None, str]:
    """What the chapter has against it, the strongest first."""
    if (more := _more_samples(knobs)) is not None:
        return more, "Give it more of them."
    redrawn = [key for key in ("shift", "rotate", "scale", "shear", "elastic") if key in knobs]
    if redrawn and not any(knobs[key] for key in redrawn):
        values = {key: knobs.knobs[key].default for key in redrawn}
        return Cure(values), "Redraw every picture before it is shown again."
    if "dropout" in knobs and knobs["dropout"] < 0.1:
        return Cure({"dropout": 0.4}), "Leave out four in ten numbers, so that none is relied on."
    if "weight_decay" in knobs and knobs["weight_decay"] < 0.001:
        fade = "Let weights that are not needed fade."
        if knobs.name_of("optimizer") in _DECAYED_BY_ITSELF:
            adamw = float(knobs.knobs["optimizer"].choices.index("adamw"))
            return Cure({"optimizer": adamw, "weight_decay": 0.1}), fade
        return Cure({"weight_decay": 0.005}), fade
    return None, "Stop here, or bring more samples."


def _more_samples(knobs: Knobs) -> Cure | None:
    """The largest choice of samples where a smaller one is taken."""
    if "samples" not in knobs:
        return None
    most = float(len(knobs.knobs["samples"].choices) - 1)
    return Cure({"samples": most}, restart=True) if knobs["samples"] < most else None


def imbalance(evidence: Evidence, trend: Trend) -> Hint | None:
    """Some classes are rare, and read much worse for it."""
    counts, confusion = evidence.counts, evidence.confusion
    if confusion is None or len(counts) < 2 or evidence.failure or not trend.enough or trend.ruined:
        return None
    met = confusion.sum(axis=1)
    recall = confusion.diagonal() / np.maximum(met, 1)
    rare = np.flatnonzero((counts * _FEW <= counts.max()) & (met > 0))
    if not len(rare) or recall[rare].mean() > recall[met > 0].mean() - _MISSED:
        return None
    rarest, most = int(rare[counts[rare].argmin()]), int(counts.argmax())
    names = evidence.classes
    facts = [Fact(f"There are {counts[rarest]:,} of “{names[rarest]}” to learn from, and "
                  f"{counts[most]:,} of “{names[most]}”.", "data"),
             Fact(f"Of the rare ones {recall[rare].mean():.0%} are read right, of all "
                  f"{recall[met > 0].mean():.0%}.", "confusion")]  # fmt: skip
    never = [names[i] for i in np.flatnonzero((confusion.sum(axis=0) == 0) & (met > 0))]
    if never:
        facts.append(Fact(f"Never guessed: {', '.join(never)}.", "confusion"))
    cure = _more_samples(evidence.knobs)
    return Hint(
        "imbalance",
        "Rare classes",
        "What is rare is seldom guessed: it costs little to be wrong about it. "
        + ("Take all samples." if cure else "Bring more samples of the rare classes."),
        tuple(facts),
        cure,
        0.8,
    )
