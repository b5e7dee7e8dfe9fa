"""What every test may ask for: a store of each kind, empty or with the reference data loaded; and the loud skips."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from store.clock import parse_instant
from store.engine import make_engine, writing
from store.schema import upgrade_schema
from tests.postgresql import create_database, drop_database, running_server, server_folder

OUTSIDE = ("postgresql", "browser", "smtp_sink")
MEMORY = Path("/dev/shm")
ENOUGH = 2 << 30  # bytes


def has_memory() -> bool:
    """Whether there is a file system in memory with room for the tests' databases."""
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH


def pytest_configure() -> None:
    """Let temporary folders lie in memory: what the tests are about is not the speed of this machine's disk."""
    if has_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    os.environ.setdefault("TBTWATCH_TAKE_BACK_MINUTES", "0")  # tests that are about 待发 set it
    hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
    hypothesis.settings.load_profile("untimed")
    os.environ.setdefault("TBTWATCH_SEED_MODEL", "off")  # tests that are not about the model do not wait for one


@pytest.fixture
def now() -> datetime:
    """The instant most stories begin: the morning on which the recordings were made."""
    return parse_instant("2026-06-03T09:00+08:00")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One server per test process; its URL with a place for the database name."""
    if server_folder() is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql): the tests on it did not run")
    short = (MEMORY if has_memory() else Path("/tmp")) / f"tbtwatch-pg-{os.getpid()}"  # a socket's path: 107 characters
    try:
        with running_server(short) as url_form:
            yield url_form
    finally:
        shutil.rmtree(short, ignore_errors=True)


def _fill(engine: Engine, *, loaded: bool) -> None:
    upgrade_schema(engine)
    if loaded:
        from settings import DATA
        from store.mapping_release import load_reference
        from store.reference import read_reference

        with writing(engine) as session:
            load_reference(session, read_reference(DATA), parse_instant("2026-06-01T08:00+08:00"))
    engine.dispose()


@pytest.fixture(scope="session")
def _templates() -> dict[tuple[str, bool], str]:
    """Databases made once and copied for each test: (kind, loaded) -> file or database name."""
    return {}


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each test that asks for a store runs on both kinds."""
    return str(request.param)


def _store_url(kind: str, *, loaded: bool, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    templates: dict[tuple[str, bool], str] = request.getfixturevalue("_templates")
    if kind == "sqlite":
        template = templates.get((kind, loaded))
        if template is None:
            folder = request.getfixturevalue("tmp_path_factory").mktemp("template")
            template = templates[kind, loaded] = str(folder / "store.sqlite")
            _fill(make_engine(f"sqlite:///{template}"), loaded=loaded)
        target = tmp_path / "store.sqlite"
        shutil.copyfile(template, target)
        yield f"sqlite:///{target}"
        return
    url_form = request.getfixturevalue("postgresql_server")
    template = templates.get((kind, loaded))
    if template is None:
        template = templates[kind, loaded] = create_database(url_form)  # goes with the server
        _fill(make_engine(url_form.format(database=template)), loaded=loaded)
    name = create_database(url_form, template)
    try:
        yield url_form.format(database=name)
    finally:
        drop_database(url_form, name)


@pytest.fixture
def store_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated store."""
    yield from _store_url(store_kind, loaded=False, request=request, tmp_path=tmp_path)


@pytest.fixture
def loaded_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a store with the reference data loaded."""
    yield from _store_url(store_kind, loaded=True, request=request, tmp_path=tmp_path)


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    """The engine of an empty, migrated store."""
    engine = make_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def loaded(loaded_url: str) -> Iterator[Engine]:
    """The engine of a store with the reference data loaded."""
    engine = make_engine(loaded_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(store: Engine) -> Iterator[Session]:
    """A write session on an empty store, committed when the test asks."""
    with Session(store, expire_on_commit=False) as session:
        yield session


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With CI=true a skipped browser, PostgreSQL or SMTP test is a failure: CI installs what they need."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    needs_outside = any(item.get_closest_marker(name) for name in OUTSIDE)
    if report.skipped and needs_outside and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped on CI: {report.longrepr}"
