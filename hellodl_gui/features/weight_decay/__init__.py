"""Feature: the size of weights under weight decay."""
