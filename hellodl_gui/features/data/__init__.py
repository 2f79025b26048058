"""Feature: data sets, browsed."""
