"""The ops and their derivatives, by family. Each rule is the mathematics and nothing else."""
