"""Commands that need Qt but no person: films, shots, replay."""
