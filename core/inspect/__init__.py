"""Looking inside: averages, weight pictures, activations, and the questions a run answers."""
