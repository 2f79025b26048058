"""Feature: transport, timeline and films of a run."""
