"""Controls beside the timeline: play, speed, loop, and the way back to live."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from core.formatting import format_number
from core.translation import tr
from hellodl_gui.features.timeline.film_player import PACES, USUAL_PACE, PlaybackSpeed
from hellodl_gui.features.timeline.fixed_width_button import FixedWidthButton
from hellodl_gui.theming.icons import icon
from hellodl_gui.theming.theme_manager import themes
from hellodl_gui.ui.controls.buttons import tool_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.labels import ElidedLabel
from hellodl_gui.ui.layout.boxes import hbox, vbox

_ICON = QSize(18, 18)


class FilmControls(QWidget):
    """The left end. Signals: `pace_chosen(object)` a Pace; `loop_chosen(bool)`;
    `logarithm_chosen(bool)` the axis by ratios, or even.
    """

    pace_chosen = Signal(object)
    loop_chosen = Signal(bool)
    logarithm_chosen = Signal(bool)

    def __init__(self, play: QAction) -> None:
        super().__init__()
        play_button = QToolButton()
        play_button.setDefaultAction(play)
        self._loop = tool_button(
            "", tr("Loop: restart at the latest step"), toggled=self.loop_chosen
        )
        self._loop.setAccessibleName(tr("Loop"))
        log = tool_button(
            tr("log"),
            tr(
                "Logarithmic time: the start, where most happens, gets more room. "
                "Snapshots are spaced this way"
            ),
            toggled=self.logarithm_chosen,
        )
        for button in (play_button, self._loop, log):
            button.setProperty("flat", True)
            button.setIconSize(_ICON)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        pace = combo_box(
            tr("Playback speed"),
            tr(
                "Playback speed: the whole run in a fixed time, or a multiple of the training speed"
            ),
            map(self._name, PACES),
        )
        pace.setObjectName("pace")
        pace.setProperty("tight", True)
        pace.setCurrentIndex(PACES.index(USUAL_PACE))
        pace.currentIndexChanged.connect(lambda row: self.pace_chosen.emit(PACES[row]))
        vbox(hbox(play_button, self._loop, log, 1, spacing=2), pace, spacing=2, on=self)
        themes().changed.connect(self._restyle)
        self._restyle()

    def _name(self, pace: PlaybackSpeed) -> str:
        if pace.seconds:
            return tr("whole run in {n} s").format(n=format_number(pace.seconds, 6))
        return tr("{n}× as trained").format(n=format_number(pace.speed, 6))

    @Slot()
    def _restyle(self) -> None:
        theme = themes().theme
        self._loop.setIcon(icon("loop", theme.on_accent if self._loop.isChecked() else theme.text))


class LiveEdge(QWidget):
    """The right end: a badge that says whether one looks at what happens now, and the way to a
    new run from the moment that is shown.

    Signals: `live_wanted()`.
    """

    live_wanted = Signal()

    def __init__(self, fork: QAction) -> None:
        super().__init__()
        self._badge = FixedWidthButton()
        self._badge.setObjectName("live")
        self._badge.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._badge.clicked.connect(self.live_wanted)
        self._fork = QToolButton()
        self._fork.setDefaultAction(fork)
        self._fork.setObjectName("go-on")
        self._fork.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fork.setIconSize(_ICON)
        self._fork.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._under_way = ElidedLabel(Qt.AlignmentFlag.AlignLeft)
        for part in (self._badge, self._fork):
            part.setProperty("tight", True)
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        widest = tr("Back to live: +{n}").format(n="8,888,888")
        needs = self.fontMetrics().horizontalAdvance(widest) + 24
        self.setFixedWidth(max(self._fork.sizeHint().width(), needs) + 4)
        vbox(self._badge, self._fork, self._under_way, 1, spacing=2, on=self)
        self.show_edge(None, 0, False)
        self.show_reliving(None)

    def show_edge(self, moment: int | None, last: int, training: bool) -> None:
        """Which step is shown, None at the live edge `last`; whether that moves on."""
        if moment is None:
            self._badge.say(tr("● Live"))
            tip = tr("You are looking at the latest step")
        else:
            ahead = f"{last - moment:,}"
            self._badge.say(tr("Back to live: +{n}").format(n=ahead))
            tip = tr(
                "You are looking at mini-batch {step}; the run is {n} ahead. Click to "
                "return to live (Ctrl+End)"
            ).format(step=f"{moment:,}", n=ahead)
        if tip != self._badge.toolTip():
            self._badge.setToolTip(tip)
            self._badge.setAccessibleDescription(tip)
        self._badge.setEnabled(moment is not None)
        state = "past" if moment is not None else "live" if training else "still"
        if self._badge.property("edge") != state:
            self._badge.setProperty("edge", state)
            self._badge.style().polish(self._badge)

    def show_reliving(self, relived: tuple[int, int] | None) -> None:
        """A new run trains again what lies between a checkpoint and its beginning."""
        self._under_way.setVisible(relived is not None)
        if relived is not None:
            self._under_way.say(
                tr("Rebuilding this moment: {step} of {goal}").format(
                    step=f"{relived[0]:,}", goal=f"{relived[1]:,}"
                )
            )

    def offer(self, shown: bool) -> None:
        """Offer a new run from here, or not."""
        self._fork.setVisible(shown)
