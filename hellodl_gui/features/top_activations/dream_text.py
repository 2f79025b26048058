"""Captions of a unit's top activations and of its feature visualization (the “dream”)."""

from collections.abc import Sequence

from core.formatting import format_fixed
from core.inspect.features.feature_visualization import FeatureVisualization
from core.inspect.features.top_activations import TopActivation, TopActivations
from core.translation import tr


def search_progress_text(liked: TopActivations) -> str:
    """How far the training pictures have been searched."""
    words = tr("searched {done} of {total} pictures · mini-batch {step}")
    return words.format(done=f"{liked.done:,}", total=f"{liked.total:,}", step=f"{liked.step:,}")


def activation_text(one: TopActivation) -> str:
    """What the unit answers to one picture, and to which part of it."""
    answer = format_fixed(one.answer, 3)
    if one.where is None:
        words = tr("sample {n}: output {answer} at place {place}")
        place = ", ".join(map(str, one.position)) or "0"
        return words.format(n=f"{one.sample:,}", answer=answer, place=place)
    top, left, bottom, right = one.where
    words = tr("sample {n}: output {answer} at rows {top}–{bottom}, columns {a}–{b}")
    return words.format(
        n=f"{one.sample:,}", answer=answer,
        top=top, bottom=bottom - 1, a=left, b=right - 1,
    )  # fmt: skip


def dream_text(dream: FeatureVisualization, classes: Sequence[str]) -> str:
    """What the network takes the dreamt picture for, and how far it is."""
    guess = int(dream.probs.argmax())
    return tr("read as “{guess}”, {sure} · step {step} of {steps}").format(
        guess=classes[guess], sure=f"{dream.probs[guess]:.1%}",
        step=dream.step, steps=dream.steps,
    )  # fmt: skip
