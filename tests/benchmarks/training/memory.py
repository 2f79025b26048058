"""How large a process is."""

import sys


def peak_memory() -> int | None:
    """The largest size in memory this process ever had, in bytes; None where no one keeps it."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
