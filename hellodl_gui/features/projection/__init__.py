"""Feature: samples in two dimensions: PCA and t-SNE."""
