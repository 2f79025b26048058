"""Feature: transport, timeline and films of a run."""

from hellodl_gui.features.timeline.timeline_bar import TimelineBar as TimelineBar
from hellodl_gui.features.timeline.transport import TransportBar as TransportBar
