"""Buttons, fields, labels."""
