"""Search settings: sampler, goal, pruning, length, parallel runs, name and folder of the study."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.search.plan import Goal, Method, Pruning
from core.search.worker_group import default_workers
from core.translation import tr
from hellodl_gui.ui.controls.inputs import ComboBox
from hellodl_gui.ui.controls.labelled_fields import LabelledFields, number_field
from hellodl_gui.ui.controls.labels import quiet
from hellodl_gui.ui.dialogs.file_dialog import ask_folder

_USUAL_TRIALS, _MOST_TRIALS = 20, 10_000
_USUAL_STEPS, _MOST_STEPS = 300, 1_000_000


class _StudyNameCombo(ComboBox):
    """A name to type, or one of those there are, looked up when the list opens."""

    def __init__(self, known: Callable[[], list[str]]) -> None:
        super().__init__()
        self._known = known
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def showPopup(self) -> None:
        """With those that are there by now."""
        text = self.currentText()
        self.clear()
        self.addItems(self._known())
        self.setEditText(text)
        super().showPopup()


class SearchSettings(QWidget):
    """Attributes: `folder`, None for the usual place."""

    def __init__(self, known: Callable[[Path | None], list[str]]) -> None:
        super().__init__()
        self.folder: Path | None = None
        self._known = known
        self._method = self._combo(
            (tr("guided (TPE)"), "tpe"),
            (tr("at random"), "random"),
            (tr("on a grid"), "grid"),
        )
        self._goal = self._combo((tr("lowest loss"), "loss"), (tr("highest accuracy"), "accuracy"))
        self._pruning = self._combo(
            (tr("worse than median"), "median"),
            (tr("outside best third"), "halving"),
            (tr("never"), "none"),
        )
        self._trials = number_field(1, _MOST_TRIALS, _USUAL_TRIALS, 5)
        self._steps = number_field(0, _MOST_STEPS, _USUAL_STEPS, 100)
        self._steps.setSpecialValueText(tr("to the goal"))
        self._workers = number_field(1, default_workers(), default_workers())
        self._name = _StudyNameCombo(lambda: self._known(self.folder))
        self._name.editTextChanged.connect(self.look_again)
        self._note = quiet(QLabel())
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for row in (self._way(), self._giving_up(), self._lengths(), self._naming()):
            column.addWidget(row)
        column.addWidget(self._note)

    def _way(self) -> LabelledFields:
        row = LabelledFields()
        row.add(
            tr("sea&rch"),
            self._method,
            tr(
                "How the next values are chosen. A guided search learns from the results "
                "so far (tree-structured Parzen estimator, TPE); a grid tries every "
                "combination, five values per range."
            ),
            2,
        )
        row.add(tr("for the"), self._goal, tr("On the test set, at the end of a run"))
        return row

    def _giving_up(self) -> LabelledFields:
        row = LabelledFields()
        row.add(
            tr("St&op early"),
            self._pruning,
            tr(
                "Stop runs that fall behind the others at the same progress: below the "
                "median, or outside the best third at 10, 30 and 90 %"
            ),
            2,
        )
        row.add(
            tr("r&uns"),
            self._trials,
            tr("Runs in total, over all computers; a grid has no more than its combinations"),
        )
        return row

    def _lengths(self) -> LabelledFields:
        row = LabelledFields()
        row.add(
            tr("mini-&batches"),
            self._steps,
            tr("Where a run ends, if not at its own goal before; 0: only at its goal"),
        )
        row.add(
            tr("pro&cesses"),
            self._workers,
            tr("Number of parallel runs, each on one core"),
        )
        return row

    def _naming(self) -> LabelledFields:
        row = LabelledFields()
        row.add(
            tr("stud&y"),
            self._name,
            tr("Name of the study: start it again under this name to continue it"),
            4,
        )
        self._where = QToolButton()
        self._where.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._where)
        menu.addAction(tr("On this computer"), lambda: self.set_folder(None))
        menu.addAction(tr("Choose a shared folder…"), self._choose_folder)
        self._where.setMenu(menu)
        self._where.setText(tr("here"))
        row.add(
            tr("kept"),
            self._where,
            tr(
                "Computers that share this folder and start a study with the same name "
                "and search work on it together"
            ),
        )
        return row

    def _combo(self, *choices: tuple[str, str]) -> QComboBox:
        combo = ComboBox()
        for text, key in choices:
            combo.addItem(text, key)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(6)
        return combo

    # -- what is chosen -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Of the study."""
        return self._name.currentText().strip()

    @property
    def method(self) -> Method:
        """How settings are chosen."""
        return cast(Method, self._method.currentData())

    @property
    def goal(self) -> Goal:
        """What is best."""
        return cast(Goal, self._goal.currentData())

    @property
    def pruning(self) -> Pruning:
        """Which runs are given up."""
        return cast(Pruning, self._pruning.currentData())

    @property
    def trials(self) -> int:
        """How many runs at most."""
        return self._trials.value()

    @property
    def steps(self) -> int | None:
        """Mini-batches at most; None: to the goal."""
        return self._steps.value() or None

    @property
    def workers(self) -> int:
        """Processes."""
        return self._workers.value()

    def choose(self, method: Method, pruning: Pruning, trials: int, steps: int) -> None:
        """Choose these."""
        self._method.setCurrentIndex(self._method.findData(method))
        self._pruning.setCurrentIndex(self._pruning.findData(pruning))
        self._trials.setValue(trials)
        self._steps.setValue(steps)

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
        there = self.name in self._known(self.folder)
        self._note.setText(
            tr("This study already exists: it continues where it stopped.") if there else ""
        )
        self._note.setVisible(there)
