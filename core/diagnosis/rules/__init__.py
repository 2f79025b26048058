"""The rules of diagnosis, by what they look at."""
