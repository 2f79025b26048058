"""All hostile inputs."""

from tests.core.hostile.kit import Case
from tests.core.hostile.labs import labs
from tests.core.hostile.networks import projects, states, weights
from tests.core.hostile.photos import photos
from tests.core.hostile.places import places
from tests.core.hostile.tables import archives, arrays, csv_files, idx_files


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
