"""Map and calibration: by mouse, following what is shown, and unfolded in another process."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.inspect.features.tsne import TsneProgress
from core.training.metrics import Evaluation
from core.training.reports import ClassificationReport
from hellodl_gui.features.calibration.panel import CalibrationPanel
from hellodl_gui.features.projection.panel import ProjectionPanel
from hellodl_gui.features.projection.scatter_plot import ScatterPlot
from hellodl_gui.features.projection.scatter_zoom import ScatterZoom, enclosed
from hellodl_gui.state.models import Status
from hellodl_gui.state.sample_query import SampleQuery
from hellodl_gui.theming.colour_scales import for_classes
from hellodl_gui.theming.palette import contrast
from hellodl_gui.theming.theme import THEMES
from hellodl_gui.theming.theme_manager import themes
from tests.gui.answering import Answering
from tests.gui.kit import show_widget

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Lab(Answering):
    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self.panel = ProjectionPanel(self.state)
        qtbot.addWidget(self.panel)
        self.panel.resize(700, 520)
        self.panel.show()

    def settle(self) -> list[dict[str, object]]:
        """Answer until nothing is asked; the arguments of what was."""
        seen = []
        while self.panel.dirty or self.asked:
            self.panel.dirty = False
            self.panel.refresh()
            seen += [arguments for _, _, arguments in self.asked]
            self.answer()
        return seen


@pytest.fixture
def lab(qtbot: QtBot) -> Lab:
    return Lab(qtbot)


def drag(qtbot: QtBot, cloud: ScatterPlot, points: list[QPoint], modifiers: object = NONE) -> None:
    qtbot.mousePress(cloud, LEFT, modifiers, points[0])  # type: ignore[arg-type]
    for point in points[1:]:
        qtbot.mouseMove(cloud, point)
    qtbot.mouseRelease(cloud, LEFT, modifiers, points[-1])  # type: ignore[arg-type]


def test_the_map_comes_with_the_first_weights_and_names_every_stage(lab: Lab) -> None:
    assert not lab.settle()
    lab.begin()
    assert lab.settle() == [{"stage": None, "deep": False}]
    assert lab.panel.places is not None and lab.panel.places.shape == (60, 2)
    stages = [lab.panel._stage.itemText(i) for i in range(lab.panel._stage.count())]
    assert stages[0] == "pixels" and stages[-1] == "scores"
    assert "60 test pictures" in lab.panel._words.text()


def test_another_layer_is_asked_for(lab: Lab, qtbot: QtBot) -> None:
    lab.begin()
    lab.settle()
    lab.panel._stage.setFocus()
    qtbot.keyClick(lab.panel._stage, Qt.Key.Key_Home)
    assert [asked["stage"] for asked in lab.settle()] == ["pixels"]


def test_it_follows_training_but_not_at_every_step(lab: Lab) -> None:
    lab.begin()
    lab.settle()
    lab.state.training.set_status(Status.PLAYING)
    before = lab.panel.places
    for _ in range(5):
        lab.run.arena.theta += np.float32(0.01)
        lab.show_weights()
        lab.panel.refresh()
        lab.answer()
    assert len(lab.asked) == 0 and lab.panel._schedule._timer.isActive()
    lab.state.training.set_status(Status.IDLE)
    lab.settle()
    assert lab.panel.places is not None and before is not None
    assert not np.array_equal(lab.panel.places, before)
    # What it was turned by lets it lie on what was seen: no better turn is left.
    over = lab.panel.places.T.astype(float) @ before
    assert abs(over[0, 1] - over[1, 0]) < 1e-2 and np.linalg.det(over) > 0


def test_a_click_selects_and_hovering_shows_the_picture(lab: Lab, qtbot: QtBot) -> None:
    lab.begin()
    lab.settle()
    cloud = lab.panel._scatter
    cloud._timer.stop()
    at = cloud.pixel_of(11).toPoint()
    qtbot.mouseMove(cloud, QPoint(2, 2))
    qtbot.mouseMove(cloud, at)
    assert cloud.reading is not None
    shown = cloud.reading
    assert lab.panel._describe(shown)[0].startswith("“")
    assert cloud.accessibleDescription()
    cloud.grab()
    qtbot.mouseClick(cloud, LEFT, NONE, at)
    assert lab.state.selection.sample == lab.panel.map.numbers[shown]  # type: ignore[union-attr]


@pytest.mark.parametrize("by_shift", [True, False])
def test_a_lasso_picks_what_it_encloses(lab: Lab, qtbot: QtBot, by_shift: bool) -> None:
    lab.begin()
    lab.settle()
    picks: list[SampleQuery] = []
    lab.state.selection.queried.connect(picks.append)
    cloud = lab.panel._scatter
    if not by_shift:
        qtbot.mouseClick(lab.panel._lasso, LEFT)
    high, wide = cloud.height() - 2, cloud.width() // 2
    line = [QPoint(1, 1), QPoint(wide, 1), QPoint(wide, high), QPoint(1, high)]
    drag(qtbot, cloud, line, Qt.KeyboardModifier.ShiftModifier if by_shift else NONE)
    left = [i for i in range(60) if 1 < cloud.pixel_of(i).x() < wide and
            1 < cloud.pixel_of(i).y() < high]  # fmt: skip
    assert picks[0].numbers == tuple(left) and cloud.chosen is not None
    evaluation = lab.state.timeline.evaluation
    assert evaluation is not None
    assert (
        picks[0].samples(lab.state.training.test.labels, evaluation.classification).tolist() == left
    )
    assert f"{len(left)} samples" in picks[0].words(lab.state.training.test.classes)
    qtbot.keyClick(cloud, Qt.Key.Key_Escape)
    assert cloud.chosen is None


def test_wheel_drag_and_keys_move_the_view_and_zero_brings_it_back(lab: Lab, qtbot: QtBot) -> None:
    lab.begin()
    lab.settle()
    cloud = lab.panel._scatter
    fitted = cloud._view
    place = cloud.pixel_of(5)
    wheel = QWheelEvent(
        place, QPointF(cloud.mapToGlobal(place)), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(cloud, wheel)
    after = cloud.pixel_of(5)
    assert cloud._view.scale > fitted.scale
    assert abs(after.x() - place.x()) + abs(after.y() - place.y()) < 1e-6
    drag(qtbot, cloud, [QPoint(100, 100), QPoint(120, 100), QPoint(150, 130)])
    moved = cloud.pixel_of(5) - after
    assert (moved.x(), moved.y()) == pytest.approx((50, 30))
    for _ in range(9):
        qtbot.keyClick(cloud, Qt.Key.Key_Plus)
        cloud.grab()
    qtbot.keyClick(cloud, Qt.Key.Key_0)
    assert cloud._view == fitted


def test_unfolding_goes_on_elsewhere_moves_the_map_and_can_be_cancelled(
    lab: Lab, qtbot: QtBot
) -> None:
    lab.begin()
    lab.settle()
    lab.panel._kind.setCurrentIndex(1)
    assert lab.settle()[0]["deep"]
    assert lab.panel._tsne_runner.running and lab.panel._again.text() == "Cancel"
    with qtbot.waitSignal(lab.panel._tsne_runner.moved, timeout=120_000) as heard:
        pass
    assert isinstance(heard.args[0], TsneProgress)
    lab.settle()
    assert "t-SNE step" in lab.panel._words.text() or "t-SNE of" in lab.panel._words.text()
    if lab.panel._tsne_runner.running:
        qtbot.mouseClick(lab.panel._again, LEFT)
    assert not lab.panel._tsne_runner.running
    lab.settle()
    assert "t-SNE of step 0" in lab.panel._words.text()
    assert lab.panel._again.text() == "Again"
    lab.panel.close_down()


def test_a_line_encloses_by_even_and_odd() -> None:
    square = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], float)
    points = np.array([(2, 2), (5, 2), (-1, 2), (1, 3.5)], float)
    assert enclosed(points, square).tolist() == [True, False, False, True]


def test_a_view_of_nothing_or_of_one_point_is_finite() -> None:
    for places in (np.empty((0, 2)), np.zeros((1, 2)), np.zeros((5, 2))):
        view = ScatterZoom.fitting(places, 300, 200)
        assert np.isfinite([view.x, view.y, view.scale]).all()


@pytest.mark.parametrize("name", sorted(THEMES))
def test_the_colours_of_classes_differ_and_can_be_seen(name: str) -> None:
    for count in (1, 2, 10, 26, 47):
        colours = for_classes(THEMES[name], count)
        assert len(set(colours)) == count
        assert min(contrast(colour, THEMES[name].panel) for colour in colours) > 2.8


def evaluation_of(lab: Answering, samples: np.ndarray | None = None) -> Evaluation:
    numbers = np.arange(60) if samples is None else samples
    guesses = lab.state.training.test.labels[numbers].copy()
    guesses[::4] = (guesses[::4] + 1) % 10
    sure = np.linspace(0.3, 0.99, len(numbers)).astype(np.float32)
    return Evaluation(
        5, 0.1, 1.0, {"accuracy": 0.75}, (
            ClassificationReport(guesses, sure, np.zeros((10, 10), np.int64),
                                 np.empty(0, np.float32), samples=samples),
        ),
    )  # fmt: skip


def test_calibration_reads_out_threshold_and_goals(qtbot: QtBot) -> None:
    lab = Answering()
    panel = show_widget(qtbot, CalibrationPanel(lab.state), 820, 480)
    panel.refresh()
    assert panel.found is None
    lab.state.timeline.add_evaluation(evaluation_of(lab))
    panel.refresh()
    assert panel.found is not None and panel.kept is not None
    assert panel.kept.answered == 60 and panel.kept.wrong == 15
    assert "15 wrong" in panel._words.text() and "60 samples" in panel._error.text()
    panel._slider.setFocus()
    for _ in range(2):
        qtbot.keyClick(panel._slider, Qt.Key.Key_PageUp)
    assert 0 < panel.kept.answered < 60
    curve = panel._curve
    qtbot.mouseClick(curve, LEFT, NONE, curve.point(0.5, 1.0).toPoint())
    assert panel.kept.answered == pytest.approx(30, abs=1)
    panel._plot.setFocus()
    qtbot.keyClick(panel._plot, Qt.Key.Key_Left)
    assert "predictions" in panel._error.text() and panel._plot.reading == 9
    table = panel.numbers()
    assert table is not None and table.text().count("\n") == 11
    for name in THEMES:
        themes().use(name)
        panel.grab()


def test_calibration_counts_only_the_samples_of_a_record(qtbot: QtBot) -> None:
    lab = Answering()
    panel = CalibrationPanel(lab.state)
    qtbot.addWidget(panel)
    lab.state.timeline.add_evaluation(evaluation_of(lab, np.arange(0, 60, 3)))
    panel.refresh()
    assert panel.kept is not None and (panel.kept.total, panel.kept.wrong) == (20, 5)
