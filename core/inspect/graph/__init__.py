"""Computation graphs: nodes, layout, drawing."""
