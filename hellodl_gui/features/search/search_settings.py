"""Search settings: sampler, goal, pruning, length, parallel runs, name and folder of the study."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QMenu, QWidget

from core.search.worker_group import default_workers
from core.training.metrics import LOSS, Metric
from core.translation import tr
from hellodl_gui.features.search.search_service import known_studies
from hellodl_gui.ui.controls.buttons import menu_button
from hellodl_gui.ui.controls.combo_utils import combo_box
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labelled_fields import LabelledFields, number_field
from hellodl_gui.ui.controls.labels import sentence
from hellodl_gui.ui.dialogs.file_dialog import ask_folder
from hellodl_gui.ui.layout.boxes import vbox

_USUAL_TRIALS, _MOST_TRIALS = 20, 10_000
_USUAL_STEPS, _MOST_STEPS = 300, 1_000_000


class SearchSettings(QWidget):
    """Attributes: `method`, `goal`, `pruning`, choices of `StudyPlan`; `trials`, how many runs at
    most; `steps`, mini-batches at most, 0: to the goal; `workers`, processes; `folder`, None for
    the usual place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder: Path | None = None
        self.method = _choice(
            (tr("guided (TPE)"), "tpe"),
            (tr("at random"), "random"),
            (tr("on a grid"), "grid"),
        )
        self.goal = _choice()
        self.offer_goals((LOSS,))
        self.pruning = _choice(
            (tr("worse than median"), "median"),
            (tr("outside best third"), "halving"),
            (tr("never"), "none"),
        )
        self.trials = number_field(1, _MOST_TRIALS, _USUAL_TRIALS, 5)
        self.steps = number_field(0, _MOST_STEPS, _USUAL_STEPS, 100)
        self.steps.setSpecialValueText(tr("to the goal"))
        self.workers = number_field(1, default_workers(), default_workers())
        self._name = _StudyNameCombo(self)
        self._name.editTextChanged.connect(self.look_again)
        self._where = menu_button(tr("here"), "", self._fill_menu)
        self._note = sentence()
        vbox(*self._search_rows(), *self._run_rows(), self._note, spacing=6, on=self)

    def _search_rows(self) -> list[LabelledFields]:
        return [
            LabelledFields(
                (
                    tr("sea&rch"),
                    self.method,
                    tr(
                        "How the next values are chosen. A guided search learns from the results "
                        "so far (tree-structured Parzen estimator, TPE); a grid tries every "
                        "combination, five values per range."
                    ),
                    2,
                ),
                (tr("for the"), self.goal, tr("On the test set, at the end of a run")),
            ),
            LabelledFields(
                (
                    tr("St&op early"),
                    self.pruning,
                    tr(
                        "Stop runs that fall behind the others at the same progress: below the "
                        "median, or outside the best third at 10, 30 and 90 %"
                    ),
                    2,
                ),
                (
                    tr("r&uns"),
                    self.trials,
                    tr(
                        "Runs in total, over all computers; a grid has no more than its "
                        "combinations"
                    ),
                ),
            ),
        ]

    def _run_rows(self) -> list[LabelledFields]:
        return [
            LabelledFields(
                (
                    tr("mini-&batches"),
                    self.steps,
                    tr("Where a run ends, if not at its own goal before; 0: only at its goal"),
                ),
                (
                    tr("pro&cesses"),
                    self.workers,
                    tr("Number of parallel runs, each on one core"),
                ),
            ),
            LabelledFields(
                (
                    tr("stud&y"),
                    self._name,
                    tr("Name of the study: start it again under this name to continue it"),
                    4,
                ),
                (
                    tr("kept"),
                    self._where,
                    tr(
                        "Computers that share this folder and start a study with the same name "
                        "and search work on it together"
                    ),
                ),
            ),
        ]

    def _fill_menu(self, menu: QMenu) -> None:
        menu.addAction(tr("On this computer"), lambda: self.set_folder(None))
        menu.addAction(tr("Choose a shared folder…"), self._choose_folder)

    def offer_goals(self, goals: Sequence[Metric]) -> None:
        """A search may be for the best value of any of these; the same one stays chosen."""
        before = self.goal.currentData()
        self.goal.clear()
        for goal in goals:
            words = tr("highest {metric}") if goal.better == "up" else tr("lowest {metric}")
            self.goal.addItem(words.format(metric=tr(goal.name)), goal.key)
        self.goal.setCurrentIndex(max(self.goal.findData(before), 0))

    # -- what is chosen -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Of the study."""
        return self._name.currentText().strip()

    def set_name(self, name: str) -> None:
        """Another study."""
        self._name.setEditText(name)

    def set_folder(self, folder: Path | None) -> None:
        """Where studies are kept; None: on this computer."""
        self.folder = folder
        self._where.setText(tr("here") if folder is None else folder.name or str(folder))
        self.look_again()

    def _choose_folder(self) -> None:
        folder = ask_folder(self, tr("Folder of the study"), "study")
        if folder is not None:
            self.set_folder(folder)

    def look_again(self, *_: object) -> None:
        """Whether there is a study of this name."""
        there = self.name in known_studies(self.folder)
        self._note.setText(
            tr("This study already exists: it continues where it stopped.") if there else ""
        )
        self._note.setVisible(there)


class _StudyNameCombo(ComboBox):
    """A name to type, or one of those there are, looked up when the list opens."""

    def __init__(self, settings: SearchSettings) -> None:
        super().__init__()
        self._settings = settings
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def showPopup(self) -> None:
        """With those that are there by now."""
        text = self.currentText()
        self.clear()
        self.addItems(known_studies(self._settings.folder))
        self.setEditText(text)
        super().showPopup()


def _choice(*choices: tuple[str, str]) -> ComboBox:
    return combo_box("", "", choices, least=6)
