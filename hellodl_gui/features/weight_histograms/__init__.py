"""Feature: histograms of weights over time."""
