"""The only users of the training process and of files."""
