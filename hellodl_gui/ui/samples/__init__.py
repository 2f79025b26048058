"""Widgets that show one sample, one for each kind."""
