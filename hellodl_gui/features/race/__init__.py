"""Feature: several runs side by side."""

from hellodl_gui.features.race.panel import RacePanel as RacePanel
