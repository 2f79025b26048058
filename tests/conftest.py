"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """A home of the tests' own: nobody's settings are read or written, one cache serves all."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HELLODL_HOME", str(folder))
        # Compiled kernels are kept from session to session; a changed source is compiled again.
        if request.config.pluginmanager.has_plugin("cacheprovider"):
            patch.setenv("NUMBA_CACHE_DIR", str(request.config.cache.mkdir("numba")))
        yield folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the repository; skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data (../shared/data) are not here")
    return folder
