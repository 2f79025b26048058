"""Operands that do not fit are refused by every operation with its name and all shapes."""

import re
import traceback
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from core.autograd import Tensor
from core.autograd import functional as F
from core.errors import LabWarning, ShapeError
from core.nn import Module
from tests.core.autograd.op_cases import CASES, Case

Shapes = tuple[tuple[int, ...], ...]


def _misfits(shapes: Shapes) -> Iterator[Shapes]:
    """The shapes with one of them changed: an axis longer, one fewer, one more."""
    for number, shape in enumerate(shapes):
        changed = [(*shape[:i], n + 3, *shape[i + 1 :]) for i, n in enumerate(shape)]
        changed += [shape[1:], shape[:-1], (3, *shape)] if shape else [(7, 11)]
        for other in changed:
            yield *shapes[:number], other, *shapes[number + 1 :]


def _name(case: Case) -> str:
    return f"{case.op}-{'-'.join('x'.join(map(str, shape)) or '0d' for shape in case.shapes)}"


class _Layer(Module):
    def __init__(self, case: Case) -> None:
        self.case = case
        self.rest: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        return self.case.function(x, *self.rest)


class _Net(Module):
    def __init__(self, case: Case) -> None:
        self.part = _Layer(case)

    def forward(self, x: Tensor) -> Tensor:
        return self.part(x)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_what_does_not_fit_is_refused_in_words(case: Case) -> None:
    """Either an operation takes the shapes or it says in which layer what is wrong with them."""
    for shapes in _misfits(case.shapes):
        net = _Net(case)
        first, *net.part.rest = (Tensor(np.full(shape, 0.7)) for shape in shapes)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LabWarning)  # losses that broadcast
                net(first)
        except ShapeError as error:
            sentence = str(error)
            assert " in part: " in sentence, sentence
            assert re.search(r": .*\(([\d…][^)]*,|\))", sentence), f"no shape in: {sentence}"
        except IndexError as error:  # a case may look at a shape itself; an operation may not
            place = traceback.extract_tb(error.__traceback__)[-1].filename
            assert "tests/core/autograd/op_cases" in place


def test_an_index_outside_is_named_and_a_loop_over_rows_still_ends() -> None:
    rows = Tensor(np.arange(6.0).reshape(3, 2))
    with pytest.raises(ShapeError, match=r"getitem: index 7 is out of bounds .*\(3, 2\)"):
        rows[7]
    assert [row.shape for row in rows] == [(2,)] * 3


def test_what_is_no_misfit_keeps_its_own_error() -> None:
    with pytest.raises(TypeError, match="exponent"):
        F.pow(Tensor(np.ones(2)))
