"""What this database is: demo or live, never both; and the demo's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel

from settings import TbtwatchError
from store.clock import Clock, shifted_clock, system_clock
from store.columns import UTCDateTime


class WrongProfile(TbtwatchError):
    """Raised when a live process meets a demo database, or the reverse."""


class Deployment(SQLModel, table=True):
    """The single row that says which profile this database was made for."""

    id: int | None = Field(default=None, primary_key=True)
    profile: str = Field(max_length=8)
    created_at: datetime = Field(sa_type=UTCDateTime)
    demo_origin: datetime | None = Field(default=None, sa_type=UTCDateTime)
    demo_started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seeded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def settle_profile(session: Session, profile: str, *, demo_origin: datetime | None = None) -> Deployment:
    """Mark a fresh database with `profile`, or check the mark; raises WrongProfile when it bears the other one."""
    session.execute(_unless_marked(session).values(id=1, profile=profile, created_at=system_clock()))
    mark = session.get_one(Deployment, 1, with_for_update=True)
    if mark.profile != profile:
        raise WrongProfile(
            f"this database was made for the {mark.profile} profile and stays so: "
            f"set TBTWATCH_VAR or TBTWATCH_DATABASE_URL to another place for {profile}"
        )
    if profile == "demo" and demo_origin and mark.demo_origin is None:
        mark.demo_origin, mark.demo_started_at = demo_origin, system_clock()
        session.add(mark)
    session.flush()
    return mark


def _unless_marked(session: Session) -> Any:
    """An insert that does nothing where another process was first."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(SQLModel.metadata.tables["deployment"]).on_conflict_do_nothing(index_elements=["id"])


def clock_of(mark: Deployment | None) -> Clock:
    """The clock of this deployment: the machine's, or the demo's, which began at the day of the recordings."""
    if mark and mark.profile == "demo" and mark.demo_origin and mark.demo_started_at:
        return shifted_clock(mark.demo_origin, mark.demo_started_at)
    return system_clock
