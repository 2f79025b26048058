"""What leaves the lab: a run as a script, the table as a file, weights as a hash."""
