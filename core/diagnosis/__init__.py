"""What is wrong with a run, told from its record, and an A/B run that shows whether a fix helps.

`evidence.collect_evidence` reads a record into one value; `diagnose.diagnose` makes hints of it,
pure functions all; `comparison.Comparison` trains from the same moment twice, with the fix and
without, in a process of its own.
"""
