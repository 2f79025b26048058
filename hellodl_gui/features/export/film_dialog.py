"""Dialog for exporting a recorded run as a film."""

from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from core.translation import tr
from hellodl_gui.features.export.film_settings import ENDINGS, GIF_LONGEST, GIF_WIDEST, FilmSettings
from hellodl_gui.features.export.options_dialog import OptionsDialog, option
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.controls.number_box import NumberBox

_RATES = (30, 25, 20, 10)
_WIDTHS = (0, 1920, 1280, 960, 640)


@dataclass(frozen=True)
class FilmRequest:
    """The view or the whole window; `ending` .mp4 or .gif; and how it is cut."""

    window: bool
    ending: str = ".mp4"
    cut: FilmSettings = field(default_factory=FilmSettings)


class FilmDialog(OptionsDialog):
    """What, how long, how smooth, how large."""

    def __init__(
        self, view: str, moments: int, first: FilmRequest, parent: QWidget | None = None
    ) -> None:
        """`view`: the title of the view that could be filmed, empty where it is only the window;
        `moments`: so many are recorded.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Film of this run"))
        self._moments = moments
        cut = first.cut
        views = [*([(view, False)] if view else []), (tr("Whole window"), True)]
        kinds = (
            tr("MP4: small, for slides and players"),
            tr("GIF: plays in any web page"),
        )
        rates = [(tr("{rate} per second").format(rate=rate), rate) for rate in _RATES]
        times = [
            (tr("more for the start, where more happens"), False),
            (tr("the same for every mini-batch"), True),
        ]
        self._what = option(views, first.window or not view)
        self._ending = option(list(zip(kinds, ENDINGS, strict=True)), first.ending)
        self._seconds = NumberBox(
            minimum=0.5, maximum=600.0, decimals=1, singleStep=1.0, value=cut.seconds
        )
        self._seconds.setMinimumHeight(self._what.sizeHint().height())
        self._seconds.setSuffix(tr(" s"))
        self._seconds.setToolTip(tr("Length in seconds"))
        self._rate = option(rates, cut.fps, tr("Frames per second"))
        self._time = option(times, cut.even, tr("How the film's time is spread over training"))
        self._width = option([(_width_text(width), width) for width in _WIDTHS], cut.width)
        self._note = sentence()
        for box in (self._ending, self._rate):
            box.currentIndexChanged.connect(self._say)
        self._seconds.valueChanged.connect(self._say)
        rows = [
            (tr("&What"), self._what),
            (tr("F&ormat"), self._ending),
            (tr("&Length"), self._seconds),
            (tr("&Pictures"), self._rate),
            (tr("&Time"), self._time),
            (tr("&Size"), self._width),
        ]
        self.lay_out(rows, tr("Film…"), below=[self._note])
        self.setMinimumWidth(380)
        self._say()

    @property
    def choice(self) -> FilmRequest:
        """What is chosen."""
        cut = FilmSettings(
            self._seconds.value(),
            self._rate.currentData(),
            self._width.currentData(),
            self._time.currentData(),
        )
        return FilmRequest(self._what.currentData(), self._ending.currentData(), cut)

    def _say(self, *_: object) -> None:
        choice = self.choice
        frames = round(choice.cut.seconds * choice.cut.fps)
        text = tr("{frames} frames of {moments} recorded moments, from first to last.")
        text = text.format(frames=f"{frames:,}", moments=f"{self._moments:,}")
        if choice.ending == ".gif":
            text += " " + tr("A GIF is at most {wide} pixels wide and {long} frames long.").format(
                wide=GIF_WIDEST, long=GIF_LONGEST
            )
        self._note.setText(text)


def _width_text(width: int) -> str:
    if not width:
        return tr("as on the screen")
    return tr("at most {width} pixels wide").format(width=f"{width:,}")
