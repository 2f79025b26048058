"""Which panel shows which view of a chapter: one file of this package and one name here."""

from hellodl_gui.panels.activations import ActivationsPanel
from hellodl_gui.panels.augmentation import AugmentationPanel
from hellodl_gui.panels.autograd import AutogradPanel
from hellodl_gui.panels.averages import AveragesPanel
from hellodl_gui.panels.base import Panel
from hellodl_gui.panels.calibration import CalibrationPanel
from hellodl_gui.panels.confusion import ConfusionPanel
from hellodl_gui.panels.convolution import ConvolutionPanel
from hellodl_gui.panels.curves import CurvesPanel
from hellodl_gui.panels.data import DataPanel
from hellodl_gui.panels.decay import DecayPanel
from hellodl_gui.panels.descent import DescentPanel
from hellodl_gui.panels.draw import DrawPanel
from hellodl_gui.panels.dream import DreamPanel
from hellodl_gui.panels.film import FilmPanel
from hellodl_gui.panels.health import HealthPanel
from hellodl_gui.panels.hints import HintsPanel
from hellodl_gui.panels.histograms import HistogramsPanel
from hellodl_gui.panels.map import MapPanel
from hellodl_gui.panels.maps import MapsPanel
from hellodl_gui.panels.mistakes import MistakesPanel
from hellodl_gui.panels.posters import PostersPanel
from hellodl_gui.panels.product import ProductPanel
from hellodl_gui.panels.quantise import QuantisePanel
from hellodl_gui.panels.race import RacePanel
from hellodl_gui.panels.regularising import RegularisingPanel
from hellodl_gui.panels.robustness import RobustnessPanel
from hellodl_gui.panels.runs import RunsPanel
from hellodl_gui.panels.saliency import SaliencyPanel
from hellodl_gui.panels.samples import SamplesPanel
from hellodl_gui.panels.scores import ScoresPanel
from hellodl_gui.panels.sweep import SweepPanel
from hellodl_gui.panels.traces import TracesPanel
from hellodl_gui.panels.weights import WeightsPanel
from hellodl_gui.panels.zoom import ZoomPanel

GROUPS: tuple[tuple[str, tuple[type[Panel], ...]], ...] = (
    ("Learning", (CurvesPanel, ConfusionPanel, SamplesPanel, HintsPanel, HealthPanel)),
    ("Runs", (RunsPanel, RacePanel, SweepPanel)),
    (
        "Looking inside",
        (
            WeightsPanel, MapsPanel, ZoomPanel, SaliencyPanel, DreamPanel, TracesPanel,
            HistogramsPanel, DecayPanel, RegularisingPanel, QuantisePanel,
        ),
    ),
    ("Mistakes", (MistakesPanel, MapPanel, CalibrationPanel, RobustnessPanel, ScoresPanel)),
    ("Pictures", (DataPanel, DrawPanel, PostersPanel, AugmentationPanel, AveragesPanel)),
    (
        "Explained",
        (
            AutogradPanel, ConvolutionPanel, ActivationsPanel, DescentPanel, ProductPanel,
            FilmPanel,
        ),
    ),
)  # fmt: skip
"""All panels, by what they are for; the window's menu is made from it."""

VIEWS: dict[str, type[Panel]] = {panel.key: panel for _, panels in GROUPS for panel in panels}
