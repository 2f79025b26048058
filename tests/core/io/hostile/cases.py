"""All hostile inputs."""

from tests.core.io.hostile.kit import Case
from tests.core.io.hostile.labs import labs
from tests.core.io.hostile.networks import projects, states, weights
from tests.core.io.hostile.photos import photos
from tests.core.io.hostile.places import places
from tests.core.io.hostile.tables import archives, arrays, csv_files, idx_files


def cases() -> list[Case]:
    """Every one, in the same order each time."""
    return [
        *photos(),
        *csv_files(),
        *idx_files(),
        *arrays(),
        *archives(),
        *weights(),
        *states(),
        *projects(),
        *labs(),
        *places(),
    ]
