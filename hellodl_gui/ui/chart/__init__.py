"""Charts and their axes."""
