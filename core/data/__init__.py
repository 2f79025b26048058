"""Data sets: reading, decoding, order and seeds."""
