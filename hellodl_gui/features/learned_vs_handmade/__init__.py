"""Feature: learned weights beside a hand-made detector."""

from hellodl_gui.features.learned_vs_handmade.panel import (
    LearnedVsHandmadePanel as LearnedVsHandmadePanel,
)
