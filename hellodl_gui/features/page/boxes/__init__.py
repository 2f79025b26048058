"""Boxes on the page: drawn, moved, resized, snapped, cut and fitted to ink."""
