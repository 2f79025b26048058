"""Recordings in true time, films of recorded moments, and the menus that lead there."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.errors import LabError
from hellodl_gui.app.main_window import MainWindow
from hellodl_gui.features.export.background import Background
from hellodl_gui.features.export.film_dialog import FilmDialog, FilmRequest
from hellodl_gui.features.export.film_settings import FilmSettings
from hellodl_gui.features.export.screen_recorder import (
    CAPTION,
    RunFilmRecorder,
    ScreenRecorder,
    caption_of,
    grab_frame,
)
from hellodl_gui.features.export.snapshot import render_image
from hellodl_gui.features.export.snapshot_dialog import SnapshotDialog, SnapshotSettings
from hellodl_gui.state.models import Status
from tests.gui.windows import show_window

PATIENCE = 120_000


class Grey(QWidget):
    """One shade of grey all over."""

    def __init__(self) -> None:
        super().__init__()
        self.shade = 0
        self.resize(64, 48)

    def show_shade(self, shade: int) -> None:
        self.shade = shade
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self.shade, self.shade, self.shade))


def shades(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        frames = [one.to_ndarray(format="rgb24") for one in container.decode(video=0)]
    return [int(frame[24, 32, 1]) for frame in frames]


@pytest.fixture
def grey(qtbot: QtBot) -> Grey:
    widget = Grey()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_look_sees_what_was_asked_to_be_painted_just_before(grey: Grey) -> None:
    for shade in (10, 200, 90):
        grey.show_shade(shade)
        frame = grab_frame(grey)
        assert frame.shape == (48, 64, 4) and (frame[:, :, :3] == shade).all()


def test_a_recording_takes_as_long_as_it_took(qtbot: QtBot, grey: Grey, tmp_path: Path) -> None:
    """Half a second at 30 frames is seen late and seldom, and is still half a second."""
    now = [100.0]
    recorder = ScreenRecorder(clock=lambda: now[0])
    made: list = []
    recorder.movie_made.connect(made.append)
    grey.show_shade(20)
    recorder.start(grey, tmp_path / "live.mp4")
    recorder._timer.stop()  # the test says when
    for moment, shade in ((100.11, 120), (100.12, 130), (100.41, 220)):
        now[0] = moment
        grey.show_shade(shade)
        recorder.tick()
    now[0] = 100.51
    with qtbot.waitSignal(made[0].saved, timeout=PATIENCE):
        recorder.stop()
    made[0].wait()
    seen = shades(tmp_path / "live.mp4")
    assert len(seen) == 15
    for first, end, shade in ((0, 3, 20), (3, 12, 120), (12, 15, 220)):
        assert all(abs(one - shade) <= 4 for one in seen[first:end]), seen
    assert not recorder.recording


def test_a_hidden_view_keeps_its_last_picture(qtbot: QtBot, grey: Grey, tmp_path: Path) -> None:
    recorder = ScreenRecorder()
    made: list = []
    recorder.movie_made.connect(made.append)
    grey.show_shade(70)
    recorder.start(grey, tmp_path / "live.mp4")
    grey.hide()
    qtbot.wait(120)
    with qtbot.waitSignal(made[0].saved, timeout=PATIENCE):
        recorder.stop()
    made[0].wait()
    assert all(abs(one - 70) <= 4 for one in shades(tmp_path / "live.mp4"))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    window = show_window(qtbot, tmp_path)
    yield window
    window.close()


class Seeks:
    """Moments at every tenth step; a moment paints its number."""

    def __init__(self, window: MainWindow, grey: Grey) -> None:
        self.sought: list[int | None] = []
        self._grey = grey
        film = window.state.timeline
        film.moments = np.arange(0, 250, 10)
        film.seek_requested.disconnect()
        film.seek_requested.connect(self.seek)

    def seek(self, step: int | None) -> None:
        self.sought.append(step)
        self._grey.show_shade(step or 0)


def _film(window: MainWindow, grey: Grey, path: Path, settings: FilmSettings) -> RunFilmRecorder:
    """Neither is drawn nor polled for it."""
    return RunFilmRecorder(window.state, grey, lambda: None, lambda: None, path, settings)


def test_a_film_of_the_run_shows_each_moment_in_order_and_goes_back(
    qtbot: QtBot, window: MainWindow, grey: Grey, tmp_path: Path
) -> None:
    seeks = Seeks(window, grey)
    film = RunFilmRecorder(
        window.state,
        grey,
        window.scheduler.draw_all,
        window.runner.poll,
        tmp_path / "run.mp4",
        FilmSettings(seconds=1, fps=50),
    )
    with qtbot.waitSignal(film.movie.saved, timeout=PATIENCE):
        film.start()
    film.movie.wait()
    assert seeks.sought == [*range(0, 250, 10), None]
    seen = shades(tmp_path / "run.mp4")
    assert len(seen) == 50
    assert max(abs(one - 10 * (place // 2)) for place, one in enumerate(seen)) <= 10
    assert seen == sorted(seen)


def test_a_cancelled_film_goes_back_and_leaves_nothing(
    qtbot: QtBot, window: MainWindow, grey: Grey, tmp_path: Path
) -> None:
    seeks = Seeks(window, grey)
    target = tmp_path / "films"
    target.mkdir()
    film = _film(window, grey, target / "run.mp4", FilmSettings(seconds=20))
    film.start()
    qtbot.waitUntil(lambda: len(seeks.sought) > 3, timeout=PATIENCE)
    film.cancel()
    assert seeks.sought[-1] is None and not list(target.iterdir())


def test_a_film_is_whole_though_who_hears_of_it_runs_the_event_loop(
    qtbot: QtBot, window: MainWindow, grey: Grey, tmp_path: Path
) -> None:
    """As a modal dialog of progress does."""
    seeks = Seeks(window, grey)
    film = _film(window, grey, tmp_path / "run.mp4", FilmSettings(seconds=1))
    film.progressed.connect(lambda share: QApplication.processEvents())
    with qtbot.waitSignal(film.movie.saved, timeout=PATIENCE):
        film.start()
    film.movie.wait()
    assert seeks.sought[:-1] == list(range(0, 250, 10)), "each once, in their order"
    assert len(shades(tmp_path / "run.mp4")) == 30


def test_a_film_shows_no_controls_and_says_below_what_each_frame_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    view = QWidget()
    qtbot.addWidget(view)
    column = QVBoxLayout(view)
    box = QComboBox()
    column.addWidget(box)
    grey = Grey()
    column.addWidget(grey, 1)
    view.resize(64, 90)
    view.show()
    seeks = Seeks(window, grey)
    said: list[str] = []

    def caption() -> str:
        assert box.isHidden()
        said.append(f"mini-batch {grey.shade}")
        return said[-1]

    film = RunFilmRecorder(
        window.state, view, lambda: None, lambda: None, tmp_path / "run.mp4",
        FilmSettings(seconds=1), caption=caption,
    )  # fmt: skip
    with qtbot.waitSignal(film.movie.saved, timeout=PATIENCE):
        film.start()
    film.movie.wait()
    assert said == [f"mini-batch {step}" for step in seeks.sought[:-1]] and len(said) == 25
    assert not box.isHidden(), "there again once it is filmed"
    with av.open(str(tmp_path / "run.mp4")) as container:
        assert container.streams.video[0].height == 90 + CAPTION


def test_a_caption_says_what_was_right_then_and_not_at_the_last_look_at_the_test_set(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = window.state
    assert caption_of(state) == "mini-batch 0"
    columns = {"step": np.arange(1.0, 401), "accuracy": np.repeat((0.1, 0.5, 0.9, 0.95), 100)}
    monkeypatch.setattr(state.timeline.steps, "column", lambda name: columns[name])
    monkeypatch.setattr(state.timeline, "moment", 250)
    assert caption_of(state) == "mini-batch 250 · training accuracy 90.0%"
    monkeypatch.setattr(state.timeline, "moment", 0)
    assert caption_of(state) == "mini-batch 0"


def test_nothing_lies_over_the_chapters_while_a_picture_is_asked_about(
    qtbot: QtBot, window: MainWindow
) -> None:
    """What is put away is not deleted before the dialog ends, and is not to be seen till then."""
    panel = window.panels["chapters"]
    view = window.sharing.view(window.docks.by_key["curves"])
    loop = QEventLoop()
    seen: list[QWidget] = []

    def ask() -> None:
        for _ in range(2):
            render_image(view, 1, Background.WHITE, titled=True)
        dialog = QEventLoop()  # runs inside of the window's own
        QTimer.singleShot(0, dialog.quit)
        dialog.exec()
        QApplication.sendPostedEvents(None, QEvent.Type.MetaCall)
        seen.extend(w for w in panel.findChildren(QPushButton) if w.isVisible())
        loop.quit()

    QTimer.singleShot(0, ask)
    loop.exec()
    assert seen and len(seen) == len(window.state.training.chapter.experiments)
    assert all(panel.rect().contains(QRect(w.pos(), w.size())) for w in seen)


def test_there_is_no_film_of_nothing(window: MainWindow, grey: Grey, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="Nothing of this run is recorded"):
        RunFilmRecorder(
            window.state, grey, lambda: None, lambda: None, tmp_path / "run.mp4", FilmSettings()
        )


def test_every_dock_has_a_share_button_whose_menu_is_there(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    menus: list[QMenu] = []  # the offscreen screen cannot give a menu the keyboard
    monkeypatch.setattr(QMenu, "popup", lambda menu, place: menus.append(menu))
    dock = window.docks.by_key["curves"]
    share = next(b for b in dock.findChildren(QToolButton) if "Share" in b.toolTip())
    assert share.isVisible() and not share.visibleRegion().isEmpty()
    QTest.mouseClick(share, Qt.MouseButton.LeftButton)
    assert len(menus) == 1
    words = [action.text() for action in menus[0].actions()]
    assert "Export image…" in words and "Film of this run…" in words


def test_a_view_goes_to_the_clipboard(window: MainWindow) -> None:
    window.sharing._dock = window.docks.by_key["confusion"]
    window.actions_by_key["share_copy"].trigger()
    image = QGuiApplication.clipboard().image()
    content = window.docks.by_key["confusion"].panel
    assert image.width() == 2 * content.width()


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_view_and_the_window_become_files(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, ending: str
) -> None:
    sharing = window.sharing
    for dock in (window.docks.by_key["curves"], None):
        path = tmp_path / f"{dock is None}{ending}"
        with qtbot.waitSignal(sharing._writer.saved, timeout=PATIENCE):
            sharing.write_picture(sharing.view(dock), path, SnapshotSettings(ending, 1))
        assert path.stat().st_size > 1000


def test_a_disk_that_refuses_is_said(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    sharing = window.sharing
    with qtbot.waitSignal(sharing._writer.failed, timeout=PATIENCE):
        view = sharing.view(None)
        sharing.write_picture(view, tmp_path / "no folder" / "a.png", SnapshotSettings())
    sharing.record_to(tmp_path / "no folder" / "a.mp4", None)
    said = " ".join(window._messages.texts())
    assert said.count("Choose another folder") == 2
    assert not sharing.recorder.recording


def test_a_recording_is_shown_in_the_title_and_stopped_by_its_key(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    dock = window.docks.by_key["weights"]
    title = window.windowTitle()
    made: list = []
    window.sharing.recorder.movie_made.connect(made.append)
    window.sharing.record_to(tmp_path / "live.mp4", dock)
    assert "●" in window.windowTitle()
    assert window.actions_by_key["record_window"].text() == "Stop recording"
    qtbot.wait(80)
    with qtbot.waitSignal(made[0].saved, timeout=PATIENCE):
        QTest.keyClick(
            window, Qt.Key.Key_R,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
        )  # fmt: skip
    made[0].wait()
    assert window.windowTitle() == title and (tmp_path / "live.mp4").is_file()


def test_panels_give_their_numbers(qtbot: QtBot, window: MainWindow) -> None:
    assert window.panels["confusion"].numbers() is None
    window.launch()
    state = window.state
    qtbot.waitUntil(lambda: state.training.status is Status.IDLE, timeout=PATIENCE)
    state.training.play()
    qtbot.waitUntil(
        lambda: state.timeline.step >= 3 and state.timeline.evaluation is not None, timeout=PATIENCE
    )
    state.training.pause()
    qtbot.waitUntil(lambda: state.training.status is Status.IDLE, timeout=PATIENCE)
    curves = window.panels["curves"].numbers()
    assert curves is not None and curves.header[:4] == ("step", "epoch", "loss", "accuracy")
    loss: NDArray[np.float64] = np.asarray(curves.columns[2])
    assert np.array_equal(loss[np.isfinite(loss)], state.timeline.steps.column("loss"))
    confusion = window.panels["confusion"].numbers()
    assert confusion is not None and state.timeline.evaluation is not None
    lines = confusion.text().splitlines()
    assert len(lines) == 11
    assert lines[3] == "2," + ",".join(
        str(n) for n in state.timeline.evaluation.classification.confusion[2]
    )
    weights = window.panels["weights"].numbers()
    assert weights is not None and len(weights.columns) == len(weights.header)
    assert len(weights.columns[0]) == 128


def test_dialogs_give_back_what_they_were_given(qtbot: QtBot) -> None:
    still = SnapshotSettings(".svg", 3, Background.CLEAR, False)
    image = QWidget().grab().toImage()
    dialog = SnapshotDialog("Curves", (300, 200), still, lambda choice: image)
    qtbot.addWidget(dialog)
    assert dialog.choice == still
    film = FilmRequest(False, ".gif", FilmSettings(4.5, 20, 640, True))
    asked = FilmDialog("Curves", 300, film)
    qtbot.addWidget(asked)
    assert asked.choice == film
    only = FilmDialog("", 300, film)
    qtbot.addWidget(only)
    assert only.choice.window


def test_a_right_click_on_a_panel_opens_the_same_menu(window: MainWindow) -> None:
    dock = window.docks.by_key["confusion"]
    asked: list[object] = []
    dock.menu_wanted.disconnect()
    dock.menu_wanted.connect(lambda who, where: asked.append(who))
    panel = dock.panel
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, QPoint(5, 5), panel.mapToGlobal(QPoint(5, 5))
    )
    QApplication.sendEvent(panel, event)
    assert asked == [dock]
