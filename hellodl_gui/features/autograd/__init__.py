"""Feature: computation graphs, forward and backward."""
