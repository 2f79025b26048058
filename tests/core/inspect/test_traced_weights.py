"""What can be chosen in the window is what is recorded, number by number."""

from pathlib import Path

import numpy as np

from core.chapters.registry import chapter
from core.inspect.weights.traced_weights import default_trace, trace_groups, traced_parameters
from core.kernels.engine import use_engine
from core.nn.arena import Arena, ArenaLayout
from core.record.reader import RunFile
from tests.core.record.runs import Recorded


def layout_of(key: str) -> ArenaLayout:
    one = chapter(key)
    return Arena.adopt(one.task.model(one.defaults(), np.random.default_rng(0))).layout


def test_groups_are_all_that_is_recorded_and_nothing_else(tmp_path: Path) -> None:
    with use_engine("reference"):
        recorded = Recorded(tmp_path)
        recorded.train(2)
        recorded.recorder.close()
    with RunFile(recorded.path) as film:
        for slot in traced_parameters(film.about.layout):
            places = [place for group in trace_groups(slot) for place in group.places]
            assert places == film.traces(slot.name).places.tolist()


def test_the_text_begins_with_kernel_20_of_the_second_convolution() -> None:
    layout = layout_of("inspection")
    parameter, group = default_trace(layout)
    slot = traced_parameters(layout)[parameter]
    assert slot.name == "3.weight"
    chosen = trace_groups(slot)[group]
    assert chosen.title == "kernel 20" and "20 of the layer before to picture 0" in chosen.about
    assert (chosen.first, chosen.rows, chosen.columns) == (180, 3, 3)
    assert [chosen.name(number) for number in (0, 5)] == ["(0, 0)", "(1, 2)"]


def test_a_network_without_convolutions_begins_where_numbers_move() -> None:
    layout = layout_of("digits")
    parameter, group = default_trace(layout)
    assert traced_parameters(layout)[parameter].name == "3.weight", (
        "the corners of pictures stay empty"
    )
    assert trace_groups(traced_parameters(layout)[parameter])[group].title == "numbers 16–23"
    first = trace_groups(traced_parameters(layout)[0])
    assert [group.title for group in first] == [
        "numbers 0–7", "numbers 8–15", "numbers 16–23", "numbers 24–31",
    ]  # fmt: skip
    bias = trace_groups(traced_parameters(layout)[-1])
    assert [len(group.places) for group in bias] == [8, 2]
