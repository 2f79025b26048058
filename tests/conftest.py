"""Fixtures for all tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np  # noqa: F401  (loads BLAS, so that there is something to limit)
import pytest
import threadpoolctl
from hypothesis import settings

from core.paths import _TEMPORARY

settings.register_profile("lab", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("lab")


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests a home of their own: nobody's settings are read, one cache serves all.

    Compiled kernels stay from session to session; a source that changed is compiled again.
    """
    home = tempfile.TemporaryDirectory(prefix="hellodl-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    os.environ["HELLODL_HOME"] = home.name
    os.environ["NUMBA_CACHE_DIR"] = str(config.rootpath / ".pytest_cache" / "numba")


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As in the product: small products are many times slower on two threads of a busy machine."""
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(autouse=True)
def no_temporary_home() -> Iterator[None]:
    """A test without a usable home leaves no temporary one to those after it, nor to processes."""
    before = os.environ.get(_TEMPORARY)
    yield
    if before is None:
        os.environ.pop(_TEMPORARY, None)
    else:
        os.environ[_TEMPORARY] = before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the repository; skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data (../shared/data) are not here")
    return folder
