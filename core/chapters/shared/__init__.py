"""What several chapters share: knobs and data."""
