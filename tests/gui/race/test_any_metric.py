"""A race and a sweep of other tasks in the window: their own plots, columns, ranks and goals."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.chapters.registry import chapter
from core.search.messages import Trial
from core.search.plan import goals_of
from core.search.run_status import RunStatus
from core.training.metrics import LOSS
from hellodl_gui.features.race.band_plot import BandSeries
from hellodl_gui.features.race.race_plots import RacePlots
from hellodl_gui.features.race.race_service import _merit, combine_runs
from hellodl_gui.features.race.race_table import RaceRow, RaceTableModel
from hellodl_gui.features.search.search_results import SearchResults
from hellodl_gui.features.search.search_settings import SearchSettings

LINE, GRU = chapter("line").task.measured_by(), chapter("character-gru").task.measured_by()


def heads(model: RaceTableModel) -> list[str]:
    return [column.title for column in model.columns]


def test_a_race_of_a_language_model_is_read_best_first_where_lower_is_better(qtbot: QtBot) -> None:
    plots = RacePlots()
    qtbot.addWidget(plots)
    plots.set_metrics(GRU)
    assert list(plots.plots) == ["loss", "bits", "accuracy"]
    steps = np.arange(1, 11)
    lines = [
        BandSeries(name, "#123456", steps, np.full(10, height), np.full(10, np.nan))
        for name, height in (("slow", 4.5), ("quick", 2.25))
    ]
    plots.show_lines({"loss": lines, "bits": lines})
    plots.plots["bits"].read_at(5.0)
    plots._on_read(plots.plots["bits"])
    assert plots._readout.text().startswith("5: quick 2.25 · slow 4.5")
    plots.set_metrics(LINE)
    assert list(plots.plots) == ["loss", "r2", "mae"]


def test_the_table_of_a_race_names_what_settings_are_ranked_by() -> None:
    model = RaceTableModel()
    model.rank_by(LINE.goal)
    assert heads(model)[2:] == ["#", "R²", "loss", "runs"]
    model.show_rows([RaceRow("a", "a", 0, 1, (0.93, 0.02), (0.1, np.nan))])
    at = model.index(0, 3)
    assert model.data(at) == "0.930 ± 0.020"
    assert "R² 0.930 ± 0.020, loss 0.100" in model.data(at, Qt.ItemDataRole.ToolTipRole)
    model.rank_by(GRU.goal)
    assert heads(model)[3] == "bits per character" and model.data(at) == "0.930 ± 0.020 bits"


def test_the_best_run_is_the_one_with_the_fewest_bits() -> None:
    runs = []
    for number, bits in enumerate((4.0, 2.0, np.nan)):
        run = RunStatus.measured_by(GRU, number, 0, {})
        run.curve.append(np.array([[1, 3.0, bits, 0.1], [2, 2.0, bits, 0.2]]))
        run.tested.append(np.array([[2, 2.0, bits, 0.2]]))
        runs.append(replace(run, state="done"))
    assert max(runs, key=lambda run: _merit(run, GRU.goal)).number == 1
    (found,) = combine_runs([{}], runs[:2])
    assert found.final["bits"][0] == 3.0 and found.trained["bits"].mean.tolist() == [3.0, 3.0]


def test_a_sweep_is_for_any_metric_and_shows_all(qtbot: QtBot) -> None:
    terms, found = SearchSettings(), SearchResults()
    qtbot.addWidget(terms)
    qtbot.addWidget(found)
    terms.offer_goals(goals_of("line"))
    words = [terms.goal.itemText(place) for place in range(terms.goal.count())]
    assert words == ["lowest loss", "highest R²", "lowest mean absolute error"]
    terms.goal.setCurrentIndex(2)
    terms.offer_goals(goals_of("line"))
    assert terms.goal.currentData() == "mae"
    trials = [Trial(n, {"lr": 0.1}, "done", 1.0, {"r2": 0.5, "mae": 0.25 * n}) for n in (1, 2)]
    mae = LINE.metric("mae")
    found.show_trials(trials, [], trials[0], mae, LINE.tested)
    titles = [column.title for column in found.table.runs.columns]
    assert titles[2:5] == ["R²", "mean absolute error", LOSS.name]
    assert found.lines._axes[-1].name == "mean absolute error ↓ good"
    assert not found.lines._better_high
    assert "mean absolute error 0.2500" in found._words.text()
