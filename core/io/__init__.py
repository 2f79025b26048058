"""Files from outside: opened safely, bounded, written whole, locked, downloaded."""
