"""Markets: WTO members and observers, by the code that stands in document symbols."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from store.columns import JSONColumn


class Country(SQLModel, table=True):
    """A country or region (国家（地区）) that notifies; `wto_symbol` is ISO alpha-3 except EU and TPKM."""

    id: int | None = Field(default=None, primary_key=True)
    wto_symbol: str = Field(max_length=8, unique=True)
    iso2: str = Field(default="", max_length=2)
    iso3: str = Field(default="", max_length=3)
    name_zh: str = Field(max_length=60)
    name_en: str = Field(max_length=80)
    status: str = Field(max_length=10)
    groups: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    weight_tier: int = Field(default=1)  # 5 to 1, importance as a market for Guangdong
    export_share_pct: str = Field(default="", max_length=20)
    share_year: str = Field(default="", max_length=10)
    share_basis: str = Field(default="")
    legacy_symbols: list[str] = Field(default_factory=list, sa_type=JSONColumn)
    note: str = Field(default="")
