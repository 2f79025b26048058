"""Feature: the list of chapters and the story."""

from hellodl_gui.features.chapters.panel import ChaptersPanel as ChaptersPanel
