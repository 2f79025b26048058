"""The chapters: one file declares one, the registry finds them all."""
