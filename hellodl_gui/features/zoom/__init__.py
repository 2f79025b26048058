"""Feature: the network down to one product."""
