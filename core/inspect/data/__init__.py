"""Data sets before training: class balance, means, pixels, duplicates, galleries."""
