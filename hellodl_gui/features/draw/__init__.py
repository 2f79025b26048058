"""Feature: a drawing by hand, read by the network."""
