"""The features of the window, one folder each; none knows another."""
