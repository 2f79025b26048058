"""Feature: image × weights, added up."""
