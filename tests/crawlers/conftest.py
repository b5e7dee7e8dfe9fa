"""A store on SQLite alone, for tests in which the kind of store makes no difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import _store_url


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated SQLite store."""
    yield from _store_url("sqlite", loaded=False, request=request, tmp_path=tmp_path)


@pytest.fixture
def loaded_sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a SQLite store with the reference data, as commands find it."""
    yield from _store_url("sqlite", loaded=True, request=request, tmp_path=tmp_path)
