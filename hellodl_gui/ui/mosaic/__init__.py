"""Pictures of numbers: mosaics, grids, rows."""
