"""What a run is measured by: columns, plots, words, and which way is better."""

import math

import pytest

from core.chapters.registry import chapter
from core.training.metrics import LOSS, Evaluation, Metric, MetricSet

CENTIMETRES = Metric("mae", "Mean absolute error", "cm", "down")
R2 = Metric("r2", "R²")


def keys(plots: tuple[tuple[Metric, ...], ...]) -> list[list[str]]:
    return [[metric.key for metric in plot] for plot in plots]


@pytest.mark.parametrize(
    ("key", "plots", "goal"),
    [
        ("digits", [["accuracy", "top2"]], "accuracy"),
        ("three-or-seven", [["accuracy"]], "accuracy"),
        ("line", [["r2"], ["mae"]], "r2"),
        ("character-gru", [["bits"], ["accuracy"]], "bits"),
    ],
)
def test_shares_of_the_test_set_alone_go_into_the_plot_before(
    key: str, plots: list[list[str]], goal: str
) -> None:
    found = chapter(key)
    metrics = found.task.measured_by(found.task.data(found.defaults()).test)
    assert keys(metrics.plots) == plots and metrics.goal.key == goal


def test_columns_name_what_there_is() -> None:
    metrics = MetricSet((CENTIMETRES,), (R2, CENTIMETRES))
    assert metrics.step_columns == (
        "step", "epoch", "samples", "loss", "mae", "lr", "gradient", "seconds",
    )  # fmt: skip
    assert metrics.validation_columns == ("step", "epoch", "loss", "r2", "mae")
    assert metrics.all == (R2, CENTIMETRES) and metrics.metric("loss") is LOSS
    assert MetricSet().goal is LOSS and MetricSet().plots == ()


@pytest.mark.parametrize(
    ("label", "name"),
    [("Accuracy", "accuracy"), ("R²", "R²"), ("Bits per character", "bits per character"),
     ("F1", "F1"), ("PSNR", "PSNR")],
)  # fmt: skip
def test_a_label_within_a_sentence(label: str, name: str) -> None:
    assert Metric("x", label).name == name


def test_values_are_written_with_their_unit() -> None:
    assert Metric("a", "A", "%").text(0.972) == "97.2%"
    assert CENTIMETRES.text(1.25) == "1.25 cm" and R2.text(math.nan) == "–"


def test_an_evaluation_knows_its_loss_and_its_metrics() -> None:
    found = Evaluation(3, 0.1, 2.0, {"mae": 0.5})
    assert found.value(LOSS) == 2.0 and found.value(CENTIMETRES) == 0.5
    assert math.isnan(found.value(R2))
