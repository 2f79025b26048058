"""Observable models without widgets."""
