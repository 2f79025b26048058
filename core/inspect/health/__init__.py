"""The health of layers: activations, dead units, dropout, batch norm."""
