"""Dialog for exporting a recorded run as a film."""

from dataclasses import dataclass, field

from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.translation import tr
from hellodl_gui.features.export.film_settings import ENDINGS, GIF_LONGEST, GIF_WIDEST, FilmSettings
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.controls.number_box import NumberBox

_RATES = (30, 25, 20, 10)
_WIDTHS = (0, 1920, 1280, 960, 640)


@dataclass(frozen=True)
class FilmRequest:
    """The view or the whole window; `ending` .mp4 or .gif; and how it is cut."""

    window: bool
    ending: str = ".mp4"
    cut: FilmSettings = field(default_factory=FilmSettings)


class FilmDialog(QDialog):
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
        self._what = ComboBox()
        if view:
            self._what.addItem(view, False)
        self._what.addItem(tr("Whole window"), True)
        self._what.setCurrentIndex(self._what.findData(first.window or not view))
        self._ending = ComboBox()
        kinds = (
            tr("MP4: small, for slides and players"),
            tr("GIF: plays in any web page"),
        )
        for ending, text in zip(ENDINGS, kinds, strict=True):
            self._ending.addItem(text, ending)
        self._ending.setCurrentIndex(self._ending.findData(first.ending))
        self._seconds = NumberBox(
            minimum=0.5, maximum=600.0, decimals=1, singleStep=1.0, value=first.cut.seconds
        )
        self._seconds.setMinimumHeight(self._what.sizeHint().height())
        self._seconds.setSuffix(tr(" s"))
        self._seconds.setToolTip(tr("Length in seconds"))
        self._rate = ComboBox()
        for rate in _RATES:
            self._rate.addItem(tr("{rate} per second").format(rate=rate), rate)
        self._rate.setCurrentIndex(_RATES.index(first.cut.fps))
        self._rate.setToolTip(tr("Frames per second"))
        self._width = ComboBox()
        for width in _WIDTHS:
            words = tr("at most {width} pixels wide").format(width=f"{width:,}")
            self._width.addItem(words if width else tr("as on the screen"), width)
        self._width.setCurrentIndex(_WIDTHS.index(first.cut.width))
        self._time = ComboBox()
        self._time.addItem(tr("more for the start, where more happens"), False)
        self._time.addItem(tr("the same for every mini-batch"), True)
        self._time.setCurrentIndex(int(first.cut.even))
        self._time.setToolTip(tr("How the film's time is spread over training"))
        self._note = quiet(QLabel())
        self._note.setWordWrap(True)
        for box in (self._ending, self._rate):
            box.currentIndexChanged.connect(self._say)
        self._seconds.valueChanged.connect(self._say)
        self._lay_out()
        self._say()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("&What"), self._what)
        form.addRow(tr("F&ormat"), self._ending)
        form.addRow(tr("&Length"), self._seconds)
        form.addRow(tr("&Pictures"), self._rate)
        form.addRow(tr("&Time"), self._time)
        form.addRow(tr("&Size"), self._width)
        film = QPushButton(tr("Film…"))
        film.setProperty("main", True)
        film.setDefault(True)
        film.clicked.connect(self.accept)
        cancel = QPushButton(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(film)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self._note)
        column.addLayout(buttons)
        self.setMinimumWidth(380)

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
