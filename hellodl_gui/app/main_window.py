"""Main window: assembles docks, actions, menus and services around one state."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMargins, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QCursor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QVBoxLayout, QWidget

from core.chapters.chapter import Chapter
from core.share.lab_file import ENDING as LAB_ENDING
from core.training.task import Split
from core.translation import tr
from hellodl_gui.app import dock_layout_json
from hellodl_gui.app.actions import commands, make_actions, tint
from hellodl_gui.app.chapter_layouts import ChapterLayouts
from hellodl_gui.app.docks import Docks
from hellodl_gui.app.export_menu import COMMANDS, PanelExports
from hellodl_gui.app.file_drops import FileDrops
from hellodl_gui.app.help_overlay import HelpOverlay
from hellodl_gui.app.help_text import about, help_groups, welcome
from hellodl_gui.app.keyboard import Keyboard, number_keys, numbered
from hellodl_gui.app.lab_files import COMMANDS as LAB_COMMANDS
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
from hellodl_gui.services.runner import Runner, layout_of
from hellodl_gui.services.settings import Settings
from hellodl_gui.services.task import Task
from hellodl_gui.state.lab import LabState
from hellodl_gui.state.models import Status
from hellodl_gui.state.readout import readout
from hellodl_gui.state.recent_folders import restore_folders
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.panel import Panel, RefreshScheduler

_LOG = logging.getLogger(__name__)
_FIRST_SIZE = QSize(1280, 800)
_FRAME = QMargins(0, 0, 40, 40)  # what the desktop may put around a window
_PATIENCE = 1.0  # seconds that the window may come later for the data of its first chapter


class MainWindow(QMainWindow):
    """Attributes: `state`, `runner`, `clock`, `panels` by key, `page`."""

    def __init__(self, chapters: tuple[Chapter, ...], settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle(tr("HelloDL Lab"))
        self.setObjectName("lab")
        room = self.screen().availableGeometry().size().shrunkBy(_FRAME)
        self.resize(room.boundedTo(_FIRST_SIZE))
        self._chapters = chapters
        self._settings = settings
        restore_folders(settings.folders)
        self._newcomer = not settings.chapter
        first = next((c for c in chapters if c.key == settings.chapter), _default(chapters))
        data = _data_of(first)
        self._late: Chapter | None = None
        if not data.wait(_PATIENCE) or data.failed:
            self._late, first = first, _default(chapters)
            data = _data_of(first)
        self.state = LabState(first, data.result(), layout_of(first, first.defaults()))
        moved = self.state.timeline.moment_changed
        moved.connect(self._on_moment)  # first: others' answers take time
        self.runner = Runner(self.state)
        self.scheduler = RefreshScheduler(self.runner.poll, self)
        self.panels: dict[str, Panel] = {}

        self.actions_by_key = make_actions(self, self._handlers())
        self._make_menus()
        self._messages = MessageBar(self)
        self.docks.placed.connect(self._messages.raise_)
        training = [self.actions_by_key[key] for key in ("play", "batch", "epoch", "reset")]
        self._transport = TransportBar(training)
        self._transport.speed_chosen.connect(self.state.training.set_speed)
        self.timeline = TimelineBar(self.state, self.actions_by_key)
        self.scheduler.add(self.timeline)
        under = QWidget()
        rows = QVBoxLayout(under)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.timeline)
        rows.addWidget(self._transport)
        self._add_bar("transport", under, Qt.ToolBarArea.BottomToolBarArea)
        self._messages.stand_on(under)

        course = ChaptersPanel(self.state, chapters)
        course.chosen.connect(self.open_chapter)
        self._add_panel(course, course.title)
        knobs = KnobsPanel(self.state)
        self._add_panel(knobs, knobs.title)
        for group, kinds in GROUPS:
            for kind in kinds:
                panel = kind(self.state)
                self._add_panel(panel, panel.title, tr(group))
        self.page = PagePanel(self.state)
        self.page.why_wanted.connect(self._on_why_wanted)
        self._add_panel(self.page, self.page.title)
        self._preferences = Preferences(
            self.state, settings, self._messages, self.page.files, self.actions_by_key["quiet"]
        )
        draw = self.panels[DrawPanel.key]
        assert isinstance(draw, DrawPanel)
        self._works: dict[str, Work] = {"page": self.page.files, "draw": draw}
        self.unsaved = UnsavedWork(self, self._works)
        self._asks = True  # before it closes
        self._help = HelpOverlay(self, help_groups())
        for dock in self.docks.by_key.values():
            dock.explain_wanted.connect(lambda dock: self._help.explain(dock.panel))

        self.sharing = PanelExports(
            self, self.state, self.docks, self.panels, self.actions_by_key,
            self.scheduler.draw_all, self.runner.poll, self._messages.clear,
        )  # fmt: skip
        self.lab_files = LabFiles(self, self.state, self.docks)
        self._drops = FileDrops(self, self.page, self.lab_files.open_path, self._show_page)
        self._drops.said.connect(self.state.messages.notify)
        self._weights = WeightsFiles(self, self.state)
        self._views = ChapterLayouts(self, self.state, self.docks, under)
        self._keyboard = Keyboard(self, self.docks, (self.timeline, self._transport))
        number_keys(self, self._open_numbered)
        self.setFocus()  # nothing in it has the keyboard yet: Space plays
        self._connect()
        remembered = settings.chapter == first.key and settings.layout != ""
        self._placed = self.restoreGeometry(settings.geometry)
        if remembered and self._stand(settings.layout):
            self._views.began_with(first)
        else:
            self._views.show_chapter(first)
            self._settings.chapter = first.key

    def _stand(self, layout: str) -> bool:
        """The panels as they stood; False where that fails, for nothing of it may stop a start."""
        try:
            return dock_layout_json.restore(self, self.docks, layout.encode())
        except Exception:
            _LOG.exception("the panels could not be put where they stood")
            return False

    # -- assembly -----------------------------------------------------------------------------

    def _handlers(self) -> dict[str, Callable[[], object]]:
        training = self.state.training
        return {
            "load": self.load_trained,
            "load_file": lambda: self._weights.load_file(),
            "save": lambda: self._weights.save(),
            "quit": self.close,
            **{key: partial(self._share, key) for key in COMMANDS},
            **{key: partial(self._keep, key) for key in LAB_COMMANDS},
            "play": training.toggle,
            "batch": lambda: training.advance("batch"),
            "epoch": lambda: training.advance("epoch"),
            "reset": lambda: training.restart(),
            "back": training.come_back,
            "film": lambda: self.timeline.play(),
            "live": lambda: self.timeline.to_live(),
            "fork": lambda: self.timeline.fork(),
            "open_page": self._open_photo,
            "sample_page": self.open_sample_page,
            "maximise": self._maximise_focused,
            "layout": lambda: self.docks.arrange(training.chapter.views, training.chapter.together),
            "theme": lambda: self._preferences.next_theme(),
            "full": self._toggle_full_screen,
            "help": self._explain,
            "about": lambda: about(self),
            "quiet": lambda: self._preferences.set_quiet(),
            "next_panel": lambda: self._keyboard.next_place(1),
            "previous_panel": lambda: self._keyboard.next_place(-1),
            "next_chapter": lambda: self._step_chapter(1),
            "previous_chapter": lambda: self._step_chapter(-1),
        }

    def _share(self, key: str) -> None:
        """What is shared is known once the panels stand."""
        self.sharing.handlers()[key]()

    def _keep(self, key: str) -> None:
        self.lab_files.handlers()[key]()

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for command in commands():
            if command.menu not in menus:
                outer = menus[command.inside] if command.inside else self.menuBar()
                menus[command.menu] = outer.addMenu(command.menu)
            menus[command.menu].addAction(self.actions_by_key[command.key])
        self.docks = Docks(self, self.menuBar().addMenu(tr("P&anels")))

    def _add_bar(self, name: str, content: QWidget, area: Qt.ToolBarArea) -> None:
        bar = QToolBar(tr(name.capitalize()))
        bar.setObjectName(f"bar-{name}")
        bar.setMovable(False)
        bar.toggleViewAction().setVisible(False)
        bar.addWidget(content)
        self.addToolBar(area, bar)

    def _add_panel(self, panel: Panel, title: str, group: str = "") -> None:
        self.panels[panel.key] = panel
        self.scheduler.add(panel)
        self.docks.add(panel.key, title, panel, group)

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
        themes().changed.connect(self._on_theme)
        self._on_theme()

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

    # -- weights and pages --------------------------------------------------------------------

    def load_trained(self) -> None:
        """Start from the weights that come with the chapter, once it is open."""
        self._weights.load_trained()

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
        self.state.training.when_open(self._open_sample_page)

    def _open_sample_page(self) -> None:
        self._show_page()
        self.page.open_sample()

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

    def _on_theme(self, *_: object) -> None:
        tint(self.actions_by_key)
        self._on_status()

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _explain(self) -> None:
        self._help.explain(self.childAt(self.mapFromGlobal(QCursor.pos())))

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


def _data_of(chapter: Chapter) -> Task[Split]:
    return Task(lambda _: chapter.task.data(chapter.defaults()))


def _default(chapters: tuple[Chapter, ...]) -> Chapter:
    """The chapter a newcomer sees first: digits, because it moves at once."""
    return next((c for c in chapters if c.key == "digits"), chapters[0])
