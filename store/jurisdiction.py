"""Jurisdictions: the province, its cities, counties and towns, by GB/T 2260 code."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, select


class Jurisdiction(SQLModel, table=True):
    """A division with its parent; `tier` is province, city, county or town (towns stand at the third tier)."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=9, unique=True)  # six digits GB/T 2260, nine for towns
    name_zh: str = Field(max_length=40)
    name_en: str = Field(default="", max_length=80)
    tier: str = Field(max_length=8)
    parent_id: int | None = Field(default=None, foreign_key="jurisdiction.id", index=True)
    status: str = Field(default="active", max_length=10)
    is_node: bool = Field(default=True)  # a 重点县 that works its own desk; its city does the work otherwise
    note: str = Field(default="")


class AbolishedJurisdiction(SQLModel, table=True):
    """An old code and the one that took over; resolves old addresses."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=9, unique=True)
    name_zh: str = Field(max_length=40)
    name_en: str = Field(default="", max_length=80)
    tier: str = Field(max_length=8)
    parent_code: str = Field(max_length=9)
    successor_code: str = Field(max_length=9)
    abolished_year: int


def jurisdiction_by_code(session: Session, code: str) -> Jurisdiction | None:
    """The division with this code, following an abolished code to its successor."""
    found = session.exec(select(Jurisdiction).where(Jurisdiction.code == code)).first()
    if found:
        return found
    old = session.exec(select(AbolishedJurisdiction).where(AbolishedJurisdiction.code == code)).first()
    return jurisdiction_by_code(session, old.successor_code) if old else None


def lineage(session: Session, jurisdiction: Jurisdiction) -> list[Jurisdiction]:
    """The division and those above it, the nearest first: county, city, province."""
    line = [jurisdiction]
    while line[-1].parent_id is not None:
        parent = session.get(Jurisdiction, line[-1].parent_id)
        assert parent is not None  # a foreign key holds it
        line.append(parent)
    return line
