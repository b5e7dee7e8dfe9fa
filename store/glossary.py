"""Terms in four languages, and the rules that grade a warning: tables that provincial staff own."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from store.columns import JSONColumn


class GlossaryTerm(SQLModel, table=True):
    """One term of the field in English, Chinese, Spanish and French."""

    id: int | None = Field(default=None, primary_key=True)
    en: str = Field(max_length=200, unique=True)
    abbr: str = Field(default="", max_length=40)
    zh: str = Field(max_length=200)
    es: str = Field(default="", max_length=200)
    fr: str = Field(default="", max_length=200)
    category: str = Field(max_length=20)


class SeverityRule(SQLModel, table=True):
    """One row of the severity table, read top-down: the first whose conditions all hold gives the colour."""

    id: int | None = Field(default=None, primary_key=True)
    position: int = Field(unique=True)
    severity: str = Field(max_length=8)  # red | orange | yellow | blue
    conditions: dict[str, object] = Field(default_factory=dict, sa_type=JSONColumn)
    reason_zh: str = Field(max_length=200)
