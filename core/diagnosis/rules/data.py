"""Rules about the data: scale of the inputs, order of the samples, labels, rare classes."""

import math

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.hint import Fix, Hint
from core.diagnosis.rules.draft import Draft, rule
from core.diagnosis.rules.learning import more_samples
from core.diagnosis.run_summary import Trend
from core.translation import tr

_BLANK = 0.9
_LARGE, _SMALL, _OFF_CENTRE = 5.0, 0.05, 2.0
_SKILLED, _ABLE = 0.9, 0.95
_SORTED = 0.4
_MET_ONCE = 1.0
_FEWEST = 500  # samples by whose labels anything is judged
_AT_ODDS, _UNLIKE = 0.75, 0.5
_FEW, _VERY, _MISSED, _MAJORITY = 2.5, 10, 0.15, 0.5


@rule("lr", early=True, broken=True)
def blank_inputs(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Nothing is on the pictures that it learns from."""
    data = evidence.data
    if data is None or data.blank < _BLANK:
        return None
    draft.fact("data", "The inputs have mean {mean:3} and standard deviation {std:3}.", data)
    return draft.hint(
        "inputs-constant",
        "Blank inputs",
        "{blank:0%} of the training pictures are blank: all their pixels are equal. "
        "Check the pictures in Data and load them again.",
        None,
        0.97,
        data,
    )


@rule("lr", early=True, broken=True)
def input_scale(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Inputs are far larger, smaller or further from zero than weights are made for."""
    if trend.right >= _ABLE and not trend.hardly_learning:
        return None
    data = evidence.data
    if data is None:
        return _scale_by_gradients(evidence, trend, draft)
    if data.blank >= _BLANK:
        return None
    if data.rms > _LARGE:
        what, sure = "large", 0.95
    elif data.rms < _SMALL and (trend.hardly_learning or trend.right < _SKILLED):
        what, sure = "small", 0.92
    elif abs(data.mean) > _OFF_CENTRE * data.std and trend.right < _SKILLED:
        what, sure = "far from zero", 0.88
    else:
        return None
    draft.fact(
        "data",
        "Over the training pictures the inputs have mean {mean:3} and standard "
        "deviation {std:3}; about 0 and 1 are usual.",
        data,
    )
    if trend.enough:
        draft.loss_fact()
    return _scaled(draft, what, sure)


def _scaled(draft: Draft, what: str, sure: float) -> Hint:
    return draft.hint(
        "inputs-scale",
        "Inputs out of scale" if what != "far from zero" else "Inputs not centred",
        "The inputs are too {what} for weights of the usual size. Normalise them: "
        "subtract their mean and divide by their standard deviation, then start "
        "again.",
        Fix({}, restart=True, normalise=True),
        sure,
        what=tr(what),
    )


def _scale_by_gradients(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """By the record alone: the gradient of a weight is that of its bias times the input."""
    layers = evidence.layers
    weights = [name for name in layers.names if name.endswith("weight")]
    slots = {slot.name: slot for slot in evidence.layout.specs}
    first = next((n for n in weights if n in slots and len(slots[n].shape) > 1), "")
    bias = first.removesuffix("weight") + "bias"
    if bias not in layers.names or not first or not trend.hardly_learning:
        return None
    own, beside = (layers.gradient_norm[:, layers.names.index(name)] for name in (first, bias))
    with np.errstate(all="ignore"):
        ratios = own / beside
    ratios = ratios[np.isfinite(ratios)] / math.sqrt(math.prod(slots[first].shape[1:]))
    if not len(ratios):
        return None
    size = float(np.median(ratios))
    if _SMALL / 5 <= size <= 2 * _LARGE:
        return None
    what = "large" if size > 1 else "small"
    draft.fact(
        "health",
        "By the gradients of the first layer its inputs are about {size:2} in size; about 1 is "
        "usual.",
        size=size,
    )
    return _scaled(draft, what, 0.85)


@rule("lr", below=_ABLE, broken=True, needs="classification")
def sample_order(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Samples of one class come after each other, and what was learnt of others is forgotten."""
    data = evidence.data
    if data is not None and math.isfinite(data.repeats):
        if data.repeats < data.repeats_shuffled + _SORTED * (1 - data.repeats_shuffled):
            return None
        draft.fact(
            "data",
            "In {repeats:1%} of all cases a sample has the class of the one before it; "
            "in random order it would be {repeats_shuffled:1%}.",
            data,
        )
        sure = 0.96
    else:
        guesses = evidence.confusion.sum(axis=0) if evidence.confusion is not None else np.zeros(1)
        single = guesses.max() / max(guesses.sum(), 1)
        first = len(evidence.curves["epoch"]) and evidence.curves["epoch"][-1] <= _MET_ONCE
        if not (first and trend.train_right > trend.right + 0.3 and single > 2 * trend.chance):
            return None
        sure = 0.8
    if trend.train_right > trend.right + 0.1:
        draft.fact(
            "curves",
            "Of the mini-batches it meets {train_right:0%} are read right, of the "
            "test set {right:0%}.",
        )
    return draft.hint(
        "samples-ordered",
        "Samples sorted by class",
        "The samples come sorted by class, so a mini-batch shows one class only, and the "
        "network forgets the others. Shuffle the training set.",
        Fix({}, restart=True, shuffle=True),
        sure,
    )


@rule("lr", broken=True, needs="classification")
def wrong_labels(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Pictures that are alike have different labels."""
    data = evidence.data
    if data is None or evidence.counts.sum() < _FEWEST or data.blank >= _BLANK:
        return None
    worse = data.agreement < _AT_ODDS * data.within_test
    random = data.agreement < data.agreement_by_chance + 0.15 * (1 - data.agreement_by_chance)
    if not worse and not random:
        return None
    draft.fact(
        "data",
        "Of training pictures {agreement:0%} have the label of the picture most like "
        "them; at random it would be {agreement_by_chance:0%}, and in the test set "
        "it is {within_test:0%}.",
        data,
    )
    if trend.train_right < trend.right - 0.05:
        draft.right_fact()
    what = tr("Most") if random else tr("Many")
    return draft.hint(
        "labels-wrong",
        "Wrong labels",
        "{what} labels of the training set do not match their pictures, so the "
        "network learns wrong answers. Check the labels in Data; no setting can fix "
        "them.",
        None if random else Fix({}, restart=True, edit=True),
        0.95 if random else 0.9,
        what=what,
    )


@rule("lr", broken=True, needs="classification")
def mismatched_test_set(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """The test set is of another kind than what it learns from."""
    data = evidence.data
    if data is None or evidence.counts.sum() < _FEWEST:
        return None
    known = data.agreement > data.agreement_by_chance + 0.4 * (1 - data.agreement_by_chance)
    unlike = data.test_agreement < _UNLIKE * data.agreement
    if not known or not unlike:
        return None
    draft.fact(
        "data",
        "The training picture most like a test picture has its label in "
        "{test_agreement:0%} of all cases; within the training set it is "
        "{agreement:0%}.",
        data,
    )
    if abs(data.test_mean - data.mean) > data.std / 2:
        draft.fact(
            "data",
            "Inputs have mean {mean:3} in the training set and {test_mean:3} in the test set.",
            data,
        )
    if trend.train_right > trend.right + 0.1:
        draft.right_fact()
    return draft.hint(
        "test-differs",
        "Test set unlike the training set",
        "The test set has other pictures or other labels than the training set, so what "
        "is learnt does not help there. Compare both in Data.",
        None,
        0.93,
    )


@rule(needs="classification")
def imbalance(evidence: Evidence, trend: Trend, draft: Draft) -> Hint | None:
    """Some classes are rare, and read much worse for it."""
    counts, confusion = evidence.counts, evidence.confusion
    if confusion is None or len(counts) < 2 or not trend.is_tested:
        return None
    met = confusion.sum(axis=1)
    recall = confusion.diagonal() / np.maximum(met, 1)
    rare = np.flatnonzero((counts * _FEW <= counts.max()) & (met > 0))
    if not len(rare):
        return None
    guesses = confusion.sum(axis=0)
    majority = counts.max() > _MAJORITY * counts.sum()
    only = majority and guesses[counts.argmax()] > 0.8 * guesses.sum()
    usual = np.setdiff1d(np.flatnonzero(met > 0), rare)
    very = counts[rare].mean() * _VERY <= counts[usual].mean()
    apart = _MISSED if very else 2 * _MISSED
    missed = recall[rare].mean() <= max(
        recall[met > 0].mean() - _MISSED, recall[usual].mean() - apart
    )
    if not only and (not missed or trend.not_learning):
        return None
    rarest, most = int(rare[counts[rare].argmin()]), int(counts.argmax())
    names = evidence.classes
    draft.fact(
        "data",
        "The training set has {counts:,} of “{names}” and {most_counts:,} of “{most_names}”.",
        counts=counts[rarest],
        names=names[rarest],
        most_counts=counts[most],
        most_names=names[most],
    )
    draft.fact(
        "confusion",
        "Of the rare classes {recall:0%} are read right, of all {met_recall:0%}.",
        recall=recall[rare].mean(),
        met_recall=recall[met > 0].mean(),
    )
    if never := [names[i] for i in np.flatnonzero((guesses == 0) & (met > 0))]:
        draft.fact("confusion", "Never predicted: {never}.", never=", ".join(never))
    fix = more_samples(evidence.knobs)
    how = tr("Take all samples.")
    if fix is None:
        how = tr(
            "Bring more samples of them, or repeat those there are until all classes are "
            "equally frequent."
        )
    return draft.hint(
        "imbalance",
        "Rare classes",
        "Rare classes are seldom predicted, since being wrong about them costs little. {how}",
        fix or Fix({}, restart=True, balance=True),
        0.9 if len(rare) and counts[rarest] * 10 <= counts.max() else 0.8,
        how=how,
    )
