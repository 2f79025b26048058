"""Feature: texts that a network writes."""

from hellodl_gui.features.generated_text.panel import GeneratedTextPanel as GeneratedTextPanel
