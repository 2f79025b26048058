"""Training: the loop as a generator, its knobs and its measurements."""
