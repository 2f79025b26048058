"""Where pictures come from: one source a file, behind one face."""
