"""Main window: assembles docks, actions, menus and services around one state."""

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMargins, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QCursor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from core.chapters.chapter import Chapter
from core.share.lab_file import ENDING as LAB_ENDING
from core.training.task import Split
from core.translation import tr
from hellodl_gui.app import dock_layout_json
from hellodl_gui.app.actions import connect_actions, make_actions, menu_actions, tint
from hellodl_gui.app.chapter_layouts import ChapterLayouts
from hellodl_gui.app.docks import Docks
from hellodl_gui.app.export_menu import PanelExports
from hellodl_gui.app.file_drops import FileDrops
from hellodl_gui.app.help_overlay import HelpOverlay
from hellodl_gui.app.help_text import about, help_groups, welcome
from hellodl_gui.app.keyboard import Keyboard, number_keys, numbered
from hellodl_gui.app.lab_files import LabFiles
from hellodl_gui.app.message_bar import MessageBar
from hellodl_gui.app.panel_registry import GROUPS
from hellodl_gui.app.preferences import Preferences
from hellodl_gui.app.status_text import play_text, status_text
from hellodl_gui.app.unsaved_offer import offer_unsaved
from hellodl_gui.app.unsaved_work import UnsavedWork, Work
from hellodl_gui.app.weights_files import WeightsFiles
from hellodl_gui.features.chapters import ChaptersPanel
from hellodl_gui.features.draw import DrawPanel
from hellodl_gui.features.knobs import KnobsPanel
from hellodl_gui.features.page import PagePanel
from hellodl_gui.features.timeline import TimelineBar, TransportBar
from hellodl_gui.services.background_task import BackgroundTask
from hellodl_gui.services.runner import Runner, layout_of
from hellodl_gui.services.settings import Settings
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.readout import readout
from hellodl_gui.state.recent_folders import restore_folders
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.layout.boxes import vbox_widget
from hellodl_gui.ui.panel import Panel, RefreshScheduler

_LOG = logging.getLogger(__name__)
_FULL_SCREEN = Qt.WindowState.WindowFullScreen
_FIRST_SIZE = QSize(1280, 800)
_FRAME = QMargins(0, 0, 40, 40)  # what the desktop may put around a window
_PATIENCE = 1.0  # seconds that the window may come later for the data of its first chapter


class MainWindow(QMainWindow):
    """Attributes: `state`, `runner`, `scheduler`, `actions_by_key`, `docks`, `panels` by key,
    `page`, `timeline`; `sharing`, `lab_files`, `weights_files` and `unsaved` work.
    """

    def __init__(self, chapters: tuple[Chapter, ...], settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle(tr("HelloDL Lab"))
        self.setObjectName("lab")
        room = self.screen().availableGeometry().size().shrunkBy(_FRAME)
        self.resize(room.boundedTo(_FIRST_SIZE))
        self._chapters, self._settings = chapters, settings
        self._newcomer = not settings.chapter
        self._asks = True  # before it closes
        restore_folders(settings.folders)
        self.state, self._late = _first_state(chapters, settings.chapter)
        moved = self.state.timeline.moment_changed
        moved.connect(self._on_moment)  # first: others' answers take time
        self.runner = Runner(self.state)
        self.scheduler = RefreshScheduler(self.runner.poll, self)
        self.panels: dict[str, Panel] = {}
        self.actions_by_key = make_actions(self)
        self._make_menus()
        self._messages = MessageBar(self)
        self.docks.placed.connect(self._messages.raise_)
        self._make_bar()
        self._make_panels()
        self._make_controllers()
        connect_actions(self.actions_by_key, self._handlers())
        self.setFocus()  # nothing in it has the keyboard yet: Space plays
        self._connect()
        self._arrange()

    # -- assembly -----------------------------------------------------------------------------

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for action in menu_actions():
            if action.menu not in menus:
                outer = menus[action.inside] if action.inside else self.menuBar()
                menus[action.menu] = outer.addMenu(action.menu)
            menus[action.menu].addAction(self.actions_by_key[action.key])
        self.docks = Docks(self, self.menuBar().addMenu(tr("P&anels")))

    def _make_bar(self) -> None:
        """The timeline and the buttons below the panels."""
        training = [self.actions_by_key[key] for key in ("play", "batch", "epoch", "reset")]
        self._transport = TransportBar(training)
        self._transport.speed_chosen.connect(self.state.training.set_speed)
        self.timeline = TimelineBar(self.state, self.actions_by_key)
        self.scheduler.add(self.timeline)
        self._below = vbox_widget(self.timeline, self._transport, spacing=0)
        bar = QToolBar(tr("Transport"))
        bar.setObjectName("bar-transport")
        bar.setMovable(False)
        bar.toggleViewAction().setVisible(False)
        bar.addWidget(self._below)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bar)
        self._messages.stand_on(self._below)

    def _make_panels(self) -> None:
        course = ChaptersPanel(self.state, self._chapters)
        course.chosen.connect(self.open_chapter)
        self._add_panel(course)
        self._add_panel(KnobsPanel(self.state))
        for group, kinds in GROUPS:
            for kind in kinds:
                self._add_panel(kind(self.state), tr(group))
        self.page = PagePanel(self.state)
        self.page.why_wanted.connect(self._on_why_wanted)
        self._add_panel(self.page)

    def _add_panel(self, panel: Panel, group: str = "") -> None:
        self.panels[panel.key] = panel
        self.scheduler.add(panel)
        self.docks.add(panel.key, panel.title, panel, group)

    def _make_controllers(self) -> None:
        """What acts on several parts of the window."""
        state, actions = self.state, self.actions_by_key
        self._preferences = Preferences(
            state, self._settings, self._messages, self.page.files, actions["quiet"]
        )
        draw = self.panels[DrawPanel.key]
        assert isinstance(draw, DrawPanel)
        self._works: dict[str, Work] = {"page": self.page.files, "draw": draw}
        self.unsaved = UnsavedWork(self, self._works)
        self._help = HelpOverlay(self, help_groups())
        for dock in self.docks.by_key.values():
            dock.explain_wanted.connect(lambda dock: self._help.explain(dock.panel))
        self.sharing = PanelExports(
            self, state, self.docks, self.panels, actions,
            self.scheduler.draw_all, self.runner.poll, self._messages.clear,
        )  # fmt: skip
        self.lab_files = LabFiles(self, state, self.docks)
        self.weights_files = WeightsFiles(self, state)
        self._drops = FileDrops(self, self.page, self.lab_files.open_path, self._show_page)
        self._drops.said.connect(state.messages.notify)
        self._views = ChapterLayouts(self, state, self.docks, self.panels, self._below)
        self._keyboard = Keyboard(self, self.docks, (self.timeline, self._transport))
        number_keys(self, self._open_numbered)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        training = self.state.training
        return {
            "load": self.weights_files.load_trained,
            "load_file": self.weights_files.load_file,
            "save": self.weights_files.save,
            "quit": self.close,
            **self.sharing.handlers(),
            **self.lab_files.handlers(),
            "play": training.toggle,
            "batch": lambda: training.advance("batch"),
            "epoch": lambda: training.advance("epoch"),
            "reset": training.restart,
            "back": training.come_back,
            "film": self.timeline.play,
            "live": self.timeline.to_live,
            "fork": self.timeline.fork,
            "open_page": self._open_photo,
            "sample_page": self.open_sample_page,
            "maximise": self._maximise_focused,
            "layout": self._views.arrange,
            "theme": self._preferences.next_theme,
            "full": lambda: self.setWindowState(self.windowState() ^ _FULL_SCREEN),
            "help": lambda: self._help.explain(self.childAt(self.mapFromGlobal(QCursor.pos()))),
            "about": lambda: about(self),
            "quiet": self._preferences.set_quiet,
            "next_panel": lambda: self._keyboard.next_place(1),
            "previous_panel": lambda: self._keyboard.next_place(-1),
            "next_chapter": lambda: self._step_chapter(1),
            "previous_chapter": lambda: self._step_chapter(-1),
        }

    def _connect(self) -> None:
        state = self.state
        state.messages.notified.connect(lambda m: self._messages.say(m.level, m.text, m.topic))
        state.messages.retracted.connect(self._messages.withdraw)
        state.training.chapter_changed.connect(self._on_opened)
        state.training.opening_changed.connect(self._on_status)
        state.training.opening_changed.connect(lambda: self._messages.raise_())  # above the cover
        state.training.queue_changed.connect(self._on_status)
        state.training.status_changed.connect(self._on_status)
        state.training.prepared.connect(self._on_status)
        state.timeline.steps_added.connect(self._on_numbers)
        state.timeline.evaluated.connect(self._on_numbers)
        state.training.status_changed.connect(self._on_numbers)
        state.training.restarted.connect(self._on_numbers)
        state.selection.queried.connect(self._on_picked)
        state.selection.unit_inspected.connect(self._on_unit_wanted)
        state.panel_requested.connect(self.docks.show)
        themes().changed.connect(self._on_status)
        self._on_status()

    def _arrange(self) -> None:
        """The panels as they stood, else as the chapter wants them."""
        settings, first = self._settings, self.state.training.chapter
        self._placed = self.restoreGeometry(settings.geometry)
        if settings.chapter == first.key and settings.layout and self._stand(settings.layout):
            self._views.began_with(first)
        else:
            self._views.show_chapter(first)
            settings.chapter = first.key

    def _stand(self, layout: str) -> bool:
        """The panels as they stood; False where that fails, for nothing of it may stop a start."""
        try:
            return dock_layout_json.restore(self, self.docks, layout.encode())
        except Exception:
            _LOG.exception("the panels could not be put where they stood")
            return False

    def appear(self) -> None:
        """Show the window as it was left; the first time maximised where the screen is small."""
        if self._placed or self.size() == _FIRST_SIZE:
            self.show()
        else:
            self.showMaximized()

    def launch(self) -> None:
        """Start the clock and the training process; called once the window is painted."""
        self.scheduler.start()
        self.runner.launch()
        if self._newcomer:
            greeting = welcome(self.state.training.chapter, self._chapters[0])
            self.state.messages.notify("info", greeting)
        if self._late is None:
            self.state.training.restart()
        else:
            self.open_chapter(self._late)  # where that fails, the one that stands in begins

    # -- chapters and their views -------------------------------------------------------------

    @Slot(object)
    def open_chapter(self, chapter: Chapter) -> None:
        """Open another chapter with the run it was left with."""
        self.runner.open_chapter(chapter)

    def _open_numbered(self, number: int) -> None:
        if chapter := numbered(self._chapters, number, self.state.training.wanted_chapter):
            self.open_chapter(chapter)

    def _step_chapter(self, by: int) -> None:
        place = self._chapters.index(self.state.training.wanted_chapter) + by
        if 0 <= place < len(self._chapters):
            self.open_chapter(self._chapters[place])

    def _on_opened(self, chapter: Chapter) -> None:
        self._settings.chapter = chapter.key
        self._preferences.save()

    def _maximise_focused(self) -> None:
        if not self.docks.maximise_current():
            self.state.messages.notify("info", tr("Click in a panel first, then maximise it."))

    # -- pages --------------------------------------------------------------------------------

    def open_file(self, path: Path) -> None:
        """A lab, or else a photo or a page project."""
        if path.name.lower().endswith(LAB_ENDING):
            self.lab_files.open_path(path)
        else:
            self._show_page()
            self.page.open_path(path)

    def _show_page(self) -> None:
        self.docks.show(PagePanel.key)

    def _open_photo(self) -> None:
        self._show_page()
        self.page.choose_file()

    def open_sample_page(self) -> None:
        """Open the page that comes with the lab for what the chapter reads, once it is open."""

        def opened() -> None:
            self._show_page()
            self.page.open_sample()

        self.state.training.when_open(opened)

    # -- news ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What covers the panels goes with them; nobody has shared the room yet."""
        super().resizeEvent(event)
        self.docks.fit()
        self._views.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """There is a window of the desktop now, to which others can belong."""
        super().showEvent(event)
        self.docks.begin(self.windowHandle())

    def _on_status(self, *_: object) -> None:
        state, play = self.state, self.actions_by_key["play"]
        text, tip = play_text(state)
        play.setText(text)
        play.setToolTip(tip)
        tint(self.actions_by_key)
        if state.training.status is Status.PLAYING and state.training.opening is None:
            play.setIcon(icon("pause", themes().theme.on_accent))
        self._transport.show_status(*status_text(state))

    def _on_numbers(self, *_: object) -> None:
        self._transport.show_numbers(readout(self.state))

    def _on_picked(self, *_: object) -> None:
        """To where pictures are looked at: mistakes, where that panel is in sight."""
        self.docks.show("mistakes" if self.panels["mistakes"].isVisible() else "samples")

    def _on_unit_wanted(self, *_: object) -> None:
        """Its weights, and before them what it likes."""
        for key in ("weights", "dream"):
            self.docks.show(key)

    def _on_why_wanted(self) -> None:
        """To the feature maps, which have the keyboard: the next box, a knob, would take it."""
        self.docks.show("maps")
        self.panels["maps"].setFocus()

    def _on_moment(self) -> None:
        """Another moment is shown, and everything with it at once."""
        self.page.show_moment()
        self._on_numbers()
        self.scheduler.flush_soon()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop training, remember the layout; not before the page's changes are safe."""
        if self._asks and not self.page.files.may_leave():
            event.ignore()
            return
        self.unsaved.finish(saved=self._asks)
        self.scheduler.stop()
        self.sharing.close_down()
        self.lab_files.close_down()
        self.runner.close()
        self.docks.give_back()
        for panel in (self.timeline, *self.panels.values()):
            panel.close_down()
        self._settings.geometry = self.saveGeometry()
        self._settings.layout = dock_layout_json.describe(self, self.docks).decode()
        self._preferences.save()
        super().closeEvent(event)

    def end(self) -> None:
        """Close without asking anything, as when the person logs out: what is not saved is kept,
        and offered at the next start.
        """
        self._asks = False
        self.close()

    def offer_unsaved(self) -> None:
        """Ask whether to open what a window that ended without closing had not saved."""
        offer_unsaved(self, self._works, self.unsaved)


def _first_state(chapters: tuple[Chapter, ...], key: str) -> tuple[LabState, Chapter | None]:
    """The lab with a chapter open. Where its data come late, or not, it is the one that a newcomer
    sees first, digits, because it moves at once; and the chapter that is still to be opened.
    """
    usual = next((c for c in chapters if c.key == "digits"), chapters[0])
    first = wanted = next((c for c in chapters if c.key == key), usual)
    data = _data_of(wanted)
    if not data.wait(_PATIENCE) or data.failed:
        first, data = usual, _data_of(usual)
    state = LabState(first, data.result(), layout_of(first, first.defaults()))
    return state, None if first is wanted else wanted


def _data_of(chapter: Chapter) -> BackgroundTask[Split]:
    return BackgroundTask(lambda _: chapter.task.data(chapter.defaults()))
