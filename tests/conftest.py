"""Fixtures for all tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np  # noqa: F401  (loads BLAS, so that there is something to limit)
import pytest
import threadpoolctl
from hypothesis import settings

from core.kernels import engine
from core.paths import _TEMPORARY

settings.register_profile("lab", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("lab")

# What takes longest comes first, or one worker would wait for another at the end; files that wait
# for a window stand between files that compute, so that the cores are busy.
LONG_FILES = (
    "core/autograd/test_wrong_arguments.py",  # compiles most kernels
    "window/test_start_again.py",
    "core/diagnosis/test_diagnosis.py",
    "window/test_small_screens.py",
    "core/diagnosis/test_healthy_runs.py",
    "window/test_panel_titles.py",
    "gui/app/test_main_window.py",
    "window/test_sharing_panels.py",
    "core/chapters/test_chapters.py",
    "window/test_two_windows.py",
    "core/record/test_kill.py",
    "window/test_opening_chapters.py",
    "core/autograd/test_create_graph.py",
    "window/test_tour.py",
    "gui/export/test_every_panel.py",
    "window/test_first_start.py",
    "core/cli/test_search_commands.py",
    "gui/commands/test_film.py",
    "gui/timeline/test_seek_and_fork.py",
    "core/record/test_resume_in_another_process.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Give the tests a home of their own: nobody's settings are read, one cache serves all.

    Compiled kernels stay from session to session; a source that changed is compiled again.
    """
    home = tempfile.TemporaryDirectory(prefix="hellodl-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    os.environ["HELLODL_HOME"] = home.name
    os.environ["NUMBA_CACHE_DIR"] = str(config.rootpath / ".pytest_cache" / "numba")
    config.option.loadscopereorder = False  # xdist's own order begins with the most tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, the others as they are."""
    rank = {name: number for number, name in enumerate(LONG_FILES)}
    here = Path(__file__).parent
    items.sort(key=lambda item: rank.get(_inside(item.path, here), len(rank)))


def _inside(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else ""


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


@pytest.fixture(autouse=True)
def engine_as_before() -> Iterator[None]:
    """A session in the tests' own process chooses an engine; the next test has its own again."""
    before = engine._engine
    yield
    engine.set_engine(before)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data beside the repository; skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data (../shared/data) are not here")
    return folder
