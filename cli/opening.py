"""What commands need before they start: settings, and a store that is upgraded and loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from store.clock import Clock


@dataclass(frozen=True)
class Place:
    """The settings, the open store and the clock of one command."""

    settings: Settings
    engine: Engine
    clock: Clock

    @property
    def now(self) -> datetime:
        """The clock's present instant, aware, in UTC."""
        return self.clock()


def open_place(now: str | None = None, *, settings: Settings | None = None, load: bool = True) -> Place:
    """Open the store of these settings, upgrading a fresh database first, and (with `load`) loading it.

    `now` (ISO 8601 with offset) sets the clock still. Raises SettingError, StoreUnreachable, WrongProfile, BadInstant.
    """
    from store.clock import fixed_clock, parse_instant
    from store.deployment import Deployment, clock_of, settle_profile
    from store.engine import open_store, reading, writing
    from store.schema import head_revision, present_revision, upgrade_schema

    settings = settings or load_settings()
    fixed = fixed_clock(parse_instant(now)) if now else None
    engine = open_store(settings.database_url)
    if present_revision(engine) != head_revision():
        upgrade_schema(engine)
    with reading(engine) as session:
        mark = session.get(Deployment, 1)
    if mark is None or mark.profile != settings.profile:
        with writing(engine) as session:
            mark = settle_profile(session, settings.profile)
    if load:
        _load_once(engine, fixed or clock_of(mark))
    return Place(settings, engine, fixed or clock_of(mark))


def _load_once(engine: Engine, clock: Callable[[], datetime]) -> None:
    """Load the reference data into a database that has no published mapping yet."""
    from store.engine import reading, writing
    from store.mapping import published_mapping

    with reading(engine) as session:
        if published_mapping(session) is not None:
            return
    from settings import DATA
    from store.mapping_release import load_reference
    from store.reference import read_reference

    reference = read_reference(DATA)
    with writing(engine) as session:
        if published_mapping(session) is None:  # another process may have been first
            load_reference(session, reference, clock())
