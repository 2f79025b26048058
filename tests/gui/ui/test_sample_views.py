"""One widget for each kind of sample; what samples are called."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.data.dataset import Dataset
from core.data.specs import DataSpec, ImageSpec, PointSpec, TableSpec, TokenSpec
from hellodl_gui.state.selection import sample_of
from hellodl_gui.ui.samples.picture_image import picture_image
from hellodl_gui.ui.samples.sample_table import sample_rows
from hellodl_gui.ui.samples.sample_text import input_text, target_text
from hellodl_gui.ui.samples.sample_view import SampleView
from tests.gui.kit import show_widget

COLOURS = Dataset(
    np.arange(2 * 3 * 5 * 4, dtype=np.uint8).reshape(2, 3, 5, 4), np.array([1, 0]),
    ImageSpec(3, 5, 4, ("cat", "dog")),
)  # fmt: skip
LINE = Dataset(np.array([[1.0], [2]]), np.array([[1.5], [2.5]]), PointSpec(("x",)))
PLANE = Dataset(
    np.array([[1.0, 3], [2, 4]]), np.array([0, 1]), PointSpec(("x", "y"), (), ("A", "B"))
)
SPACE = Dataset(np.ones((2, 5)), np.ones((2, 2)), PointSpec(tuple("abcde")))
TABLE = Dataset(np.array([[1.0, 30.0]]), np.array([7.0]), TableSpec(("rooms", "size"), ("", "m²")))
TEXT = Dataset(
    np.array([[0, 1, 2, 1]]), np.array([[1, 2, 1, 0]]), TokenSpec(("a", "\n", "c"), 4)
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind", "part", "caption"),
    [
        (COLOURS, "picture", "picture", "sample 0, a “dog”"),
        (LINE, "point", "point", "sample 0, 1.5"),
        (PLANE, "point", "point", "sample 0, a “A”"),
        (SPACE, "point", "row", "sample 0"),
        (TABLE, "row", "row", "sample 0, 7"),
        (TEXT, "text", "text", "sample 0"),
    ],
)
def test_each_kind_has_its_widget(
    qtbot: QtBot, data: Dataset, kind: str, part: str, caption: str
) -> None:
    view = show_widget(qtbot, SampleView(), 300, 240)
    sample = sample_of(data, 0)
    view.show_sample(sample, data, 0)
    assert (sample.kind, sample.caption) == (kind, caption)
    assert view.currentWidget() is getattr(view, part)
    assert not view.grab().isNull()


@pytest.mark.parametrize(
    "spec",
    [ImageSpec(1, 3, 3), PointSpec(("x",)), TableSpec(("a",)), TokenSpec(("a",), 2)],
)
def test_an_empty_set_has_an_empty_sample(spec: DataSpec) -> None:
    dtype = np.uint8 if isinstance(spec, ImageSpec) else np.int64
    empty = Dataset(np.zeros((0, *spec.shape), dtype), None, spec)
    assert sample_of(empty, 0).caption == "no sample"
    assert sample_of(empty, 0).value.shape == spec.shape


def test_samples_are_the_same_by_value_target_and_cursor() -> None:
    one = sample_of(TEXT, 0)
    assert one.same(sample_of(TEXT, 0)) and one.label is None
    assert sample_of(PLANE, 1).label == 1 and not one.same(sample_of(LINE, 0))
    assert not sample_of(LINE, 0).same(sample_of(LINE, 1))


def test_a_text_has_a_cursor_that_keys_move(qtbot: QtBot) -> None:
    view = show_widget(qtbot, SampleView(), 300, 240)
    view.show_sample(sample_of(TEXT, 0), TEXT, 0)
    moved: list[int] = []
    view.cursor_moved.connect(moved.append)
    view.text.setFocus()
    QTest.keyClick(view.text, Qt.Key.Key_Right)
    QTest.keyClick(view.text, Qt.Key.Key_Down)
    assert moved[0] == 1 and view.text.cursor_at == moved[-1]


def test_a_picture_keeps_its_colours() -> None:
    image = picture_image(COLOURS.inputs[0])
    pixel = image.pixelColor(3, 2)
    assert [pixel.red(), pixel.green(), pixel.blue()] == COLOURS.inputs[0, :, 2, 3].tolist()


def test_samples_in_words() -> None:
    assert input_text(TEXT, 0) == "a⏎c⏎" and target_text(TEXT, 0) == "a"
    assert input_text(TABLE, 0) == "1, 30" and target_text(TABLE, 0) == "7"
    assert target_text(COLOURS, 0) == "dog" and target_text(SPACE, 9) == ""
    assert [row.target for row in sample_rows(PLANE, [0, 1], None)] == ["A", "B"]
