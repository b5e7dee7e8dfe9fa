"""The command in a store of each kind, or in a fresh folder of its own where the kind makes no difference."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import create_database, drop_database
from tests.stories.commands import Commands

Prepare = Callable[[Commands], None]


@pytest.fixture
def tbtwatch(loaded_url: str, tmp_path: Path) -> Commands:
    """`tbtwatch` on a store with the reference data loaded, on SQLite and on PostgreSQL."""
    return Commands(tmp_path / "var", loaded_url)


@pytest.fixture
def fresh(tmp_path: Path) -> Commands:
    """`tbtwatch` in a folder that is not there yet, as on the first day: nothing is made or loaded for it."""
    return Commands(tmp_path / "var")


@pytest.fixture(scope="session")
def _prepared() -> dict[tuple[str, str], str]:
    """Stores as a story begins, made once and copied: (kind, name of the preparation) -> file or database name."""
    return {}


@pytest.fixture
def prepared(
    store_kind: str, tmp_path: Path, request: pytest.FixtureRequest, _prepared: dict[tuple[str, str], str]
) -> Iterator[Callable[[Prepare], Commands]]:
    """`prepared(prepare)`: a store on which `prepare` has been done; it is done once per kind and then copied."""
    made: list[str] = []

    def begin(prepare: Prepare) -> Commands:
        key = (store_kind, f"{prepare.__module__}.{prepare.__name__}")
        if key not in _prepared:
            url = request.getfixturevalue("loaded_url")
            prepare(Commands(tmp_path / "before", url))
            _prepared[key] = _keep(store_kind, url, request)
        return Commands(tmp_path / "var", _copy(store_kind, _prepared[key], tmp_path, request, made))

    yield begin
    for name in made:
        drop_database(request.getfixturevalue("postgresql_server"), name)


def _keep(kind: str, url: str, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        gc.collect()  # closes what commands in this process left open, so that the file holds everything
        folder = request.getfixturevalue("tmp_path_factory").mktemp("prepared")
        for part in Path(url.removeprefix("sqlite:///")).parent.glob("store.sqlite*"):
            shutil.copy(part, folder)
        return str(folder / "store.sqlite")
    server = request.getfixturevalue("postgresql_server")
    own = url.removeprefix("postgresql://postgres@/").partition("?")[0]
    with psycopg.connect(server.format(database="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own])
    return create_database(server, own)


def _copy(kind: str, template: str, folder: Path, request: pytest.FixtureRequest, made: list[str]) -> str:
    if kind == "sqlite":
        own = folder / "own"
        own.mkdir()
        for part in Path(template).parent.glob("store.sqlite*"):
            shutil.copy(part, own)
        return f"sqlite:///{own / 'store.sqlite'}"
    server = request.getfixturevalue("postgresql_server")
    made.append(create_database(server, template))
    return str(server.format(database=made[-1]))
