"""One dock a file; panels never import each other."""
