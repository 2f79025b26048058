"""What units respond to: top activations, feature visualization, neighbours, projections."""
