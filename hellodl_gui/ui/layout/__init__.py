"""Layouts and placeholders."""
