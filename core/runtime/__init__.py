"""The training process: what is said to it, what it shows, how it runs."""
