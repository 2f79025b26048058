"""What is wrong with a run, told from its record, and a short proof that a fix helps.

`evidence.gather` reads a record into one value; `diagnosis.diagnose` makes of it hints, pure
functions all; `proof.Proof` trains the same moment twice, with the fix and without, in a process
of its own.
"""
