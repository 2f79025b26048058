"""The machine room: flat memory and two engines, one to read and one to run."""
