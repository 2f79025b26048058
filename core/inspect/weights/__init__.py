"""Weights as pictures, histograms, traces, and in few bits."""
