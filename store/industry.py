"""Industries: Guangdong's list. What they match belongs to a mapping version, see store/mapping.py."""

from __future__ import annotations

from sqlmodel import Field, Session, select

from settings import TbtwatchError
from store.columns import JSONColumn, Public


class UnknownIndustry(TbtwatchError):
    """Raised when a slug is not in the list of industries."""


class Industry(Public, table=True):
    """One of the industries; the slug is what staff and files call it."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    name_zh: str = Field(max_length=60)
    name_en: str = Field(max_length=120)
    sector: str = Field(max_length=20)
    priority: str = Field(max_length=1)  # A, B, C: how much a provincial bureau would care
    gb4754: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    note: str = Field(default="")
    status: str = Field(default="active", max_length=10)


def industry_by_slug(session: Session, slug: str) -> Industry:
    """The industry called `slug`; raises UnknownIndustry."""
    found = session.exec(select(Industry).where(Industry.slug == slug)).first()
    if found is None:
        raise UnknownIndustry(f"no industry '{slug}': data/industries.csv lists the ids")
    return found


def industry_ids(session: Session) -> dict[str, int]:
    """slug -> id of every industry."""
    return {slug: key for slug, key in session.exec(select(Industry.slug, Industry.id)) if key is not None}
