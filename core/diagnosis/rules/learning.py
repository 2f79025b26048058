"""Rules about how well it is learnt: by heart instead of in general, or not well enough."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.run_summary import Trend
from core.knobs import Knobs
from core.translation import tr

_RISEN, _FEWEST_LOOKS, _AFTER = 1.25, 5, 3
_ONCE, _ABLE = 1.5, 0.97
_GAP, _POOR, _REPEATS = 4.0, 0.8, 10
_POOR_FIT, _LONG = 0.8, 300
_DECAYED_BY_ITSELF = ("adam", "adamw")


@rule("lr", below=_ABLE)
def overfitting(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The test set is read worse and worse while the training set is read better."""
    looks = evidence.recent_looks("loss")
    if len(looks) < _FEWEST_LOOKS or not np.isfinite(looks).all():
        return None
    smooth = np.convolve(looks, np.ones(3) / 3, "valid")
    best = int(smooth.argmin())
    lowest, now = float(smooth[best]), float(smooth[-1])
    gap = now / max(trend.last, 1e-12)
    met = _met(evidence)  # what is met for the first time cannot be remembered
    risen = now > _RISEN * lowest and len(smooth) - 1 - best >= _AFTER and met > _ONCE
    apart = gap > _GAP and trend.right < _POOR and met >= _REPEATS
    if not (risen or apart) or gap < 2 or trend.last > trend.early:
        return None
    fix, how = _against_memory(evidence.knobs)
    if risen:
        draft.fact(
            "curves", "On the test set the loss was down to {lowest:3} already.", lowest=lowest
        )
    draft.fact(
        "curves", "The loss is {last:3} on the training set and {now:3} on the test set.", now=now
    )
    return draft.hint(
        "overfitting",
        "Overfitting (learnt by heart)",
        "It memorises its samples instead of learning what they have in common. {how}",
        fix,
        0.75 if risen else 0.65 + min(met, 20) / 100,
        how=how,
    )


def _met(evidence: Evidence) -> float:
    """How often every sample was met since the knobs stand as now."""
    epochs = evidence.recent("epoch")
    return float(epochs[-1] - epochs[0]) if len(epochs) else 0.0


def _against_memory(knobs: Knobs) -> tuple[Fix | None, str]:
    """What the chapter has against it, the strongest first."""
    if (more := more_samples(knobs)) is not None:
        return more, tr("Give it more samples.")
    redrawn = [key for key in ("shift", "rotate", "scale", "shear", "elastic") if key in knobs]
    if redrawn and not any(knobs[key] for key in redrawn):
        values = {key: knobs.knobs[key].default for key in redrawn}
        return Fix(values), tr("Redraw every picture before it is shown again (augmentation).")
    if "dropout" in knobs and knobs["dropout"] < 0.1:
        return Fix({"dropout": 0.4}), tr("Switch off four in ten outputs at random (dropout).")
    if "weight_decay" in knobs and knobs["weight_decay"] < 0.001:
        fade = tr("Let unneeded weights shrink (weight decay).")
        if knobs.name_of("optimizer") in _DECAYED_BY_ITSELF:
            adamw = float(knobs.knobs["optimizer"].choices.index("adamw"))
            return Fix({"optimizer": adamw, "weight_decay": 0.1}), fade
        return Fix({"weight_decay": 0.005}), fade
    return None, tr("Stop here, or bring more samples.")


def more_samples(knobs: Knobs) -> Fix | None:
    """The largest choice of samples where a smaller one is taken."""
    if "samples" not in knobs:
        return None
    most = float(len(knobs.knobs["samples"].choices) - 1)
    return Fix({"samples": most}, restart=True) if knobs["samples"] < most else None


@rule("lr", below=_POOR_FIT, needs="classification")
def underfitting(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The loss stands still, on both sets alike, with nothing else wrong: too small a network."""
    if trend.gradient_gone or trend.at_chance or trend.count < _LONG:
        return None
    narrowest = _narrowest(evidence)
    classes = len(evidence.classes)
    if not narrowest or narrowest * 2 > max(classes, 3):
        return None
    knobs = evidence.knobs
    fix = None
    how = tr("Give it more units or layers.")
    if "hidden" in knobs and knobs["hidden"] <= narrowest:
        fix = Fix({"hidden": 32.0}, restart=True)
        how = tr("Give it 32 hidden neurons.")
    draft.fact(
        "histograms",
        "The narrowest layer has {narrowest} outputs, for {classes} classes.",
        narrowest=narrowest,
        classes=classes,
    )
    draft.right_fact()
    return draft.hint(
        "underfitting",
        "Network too small",
        "Everything has to pass through {narrowest} units, too few to tell {classes} "
        "classes apart. {how}",
        fix,
        0.8,
        narrowest=narrowest,
        classes=classes,
        how=how,
    )


def _narrowest(evidence: Evidence) -> int:
    """How many outputs the narrowest hidden layer has; 0 where there is none."""
    layout = evidence.layout
    hidden = [
        slot.shape[0]
        for slot in layout.specs
        if len(slot.shape) == 2 and slot.offset < layout.num_params
    ][:-1]
    return min(hidden, default=0)
