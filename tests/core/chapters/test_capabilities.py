"""What chapters offer to panels: by their data, the layout of their network and their reports."""

from dataclasses import replace

import numpy as np
import pytest

from core.chapters import capabilities as has
from core.chapters.capabilities import capabilities
from core.chapters.registry import chapter
from core.data.dataset import Dataset
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from core.nn import GRU, Conv2d, Linear, Module, MultiheadAttention
from core.nn.arena import Arena, ArenaLayout
from core.training.evaluator import LanguageModel, Regression
from core.training.reports import TextReport

_EMPTY = ArenaLayout.of({})
_RNG = np.random.default_rng(0)


def _layout(*parts: Module) -> ArenaLayout:
    class Net(Module):
        def __init__(self) -> None:
            self.parts = parts

    return Arena.adopt(Net()).layout


def _dataset(spec: DataSpec) -> Dataset:
    images = isinstance(spec, ImageSpec)
    tokens = isinstance(spec, TokenSpec)
    dtype = np.uint8 if images else np.int64 if tokens else np.float32
    return Dataset(np.zeros((2, *spec.shape), dtype), None, spec)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (ImageSpec(1, 28, 28, ("a", "b")), {"image", "classes", "two classes", "glyphs"}),
        (ImageSpec(3, 28, 28), {"image", "colour"}),
        (ImageSpec(1, 8, 8, ("a", "b", "c")), {"image", "classes"}),
        (PointSpec(("x", "y")), {"points", "plane"}),
        (PointSpec(("x",)), {"points"}),
        (TableSpec(("a", "b", "c")), {"table"}),
        (TokenSpec(("a", "b"), 4), {"tokens"}),
    ],
)
def test_what_the_data_are(spec: DataSpec, wanted: set[str]) -> None:
    found = capabilities(chapter("digits"), _dataset(spec), _EMPTY)
    assert found == wanted | {"classification"}


def test_a_chapter_reads_no_characters_unless_it_says_so() -> None:
    silent = replace(chapter("digits"), glyphs=None)
    assert has.GLYPHS not in capabilities(silent, _dataset(ImageSpec(1, 28, 28)), _EMPTY)


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ((Conv2d(1, 2, 3, rng=_RNG), Linear(8, 4, rng=_RNG)), {has.KERNELS}),
        ((GRU(2, 3, rng=_RNG),), {has.RECURRENT}),
        ((MultiheadAttention(4, 2, rng=_RNG),), {has.ATTENTION}),
        ((MultiheadAttention(4, 2, kdim=3, rng=_RNG),), {has.ATTENTION}),
        ((Linear(12, 1, rng=_RNG),), {has.SINGLE_SCORE, has.PIXEL_NEURON}),
        ((Linear(12, 3, rng=_RNG), Linear(3, 1, rng=_RNG)), {has.SINGLE_SCORE}),
    ],
)
def test_what_the_network_has(parts: tuple[Module, ...], wanted: set[str]) -> None:
    found = capabilities(chapter("digits"), _dataset(ImageSpec(1, 3, 4)), _layout(*parts))
    assert found - {"image", "classification"} == wanted


def test_reports_are_those_of_the_evaluator() -> None:
    def of(evaluator: object) -> has.Capabilities:
        declared = chapter("digits")
        task = replace(declared.task, evaluator=evaluator)  # type: ignore[arg-type]
        data = _dataset(PointSpec(("x", "y")))
        return capabilities(replace(declared, task=task), data, _EMPTY) - {"points", "plane"}

    assert of(Regression(surface=True)) == {has.REGRESSION, has.SURFACE}
    assert of(LanguageModel()) == set()
    assert of(LanguageModel(lambda model, data: TextReport("", ()))) == {has.TEXT}
