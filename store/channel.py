"""China's own channel to an enquiry point: its name and how many days each tier needs; the province edits it."""

from __future__ import annotations

from sqlmodel import Field, Session, SQLModel, select


class Channel(SQLModel, table=True):
    """One channel by domain; without a row the values of DEFAULTS hold."""

    id: int | None = Field(default=None, primary_key=True)
    domain: str = Field(max_length=3, unique=True)  # TBT | SPS
    name_zh: str = Field(max_length=200)
    county_days: int = Field(default=20)
    city_days: int = Field(default=14)
    province_days: int = Field(default=7)
    revision: int = Field(default=1)  # grows with each change, so that a stale page overwrites nothing


# Since 2018 TBT matters are SAMR's; which SPS matters go by customs was not settled from public pages, hence editable.
DEFAULTS = {
    "TBT": "国家市场监督管理总局（世贸组织技术性贸易壁垒国家咨询点）",
    "SPS": "海关总署（世贸组织卫生与植物卫生措施国家咨询点）",
}


def channel_of(session: Session, domain: str | None) -> Channel:
    """The channel of a domain; notices that are no notifications go by the TBT channel."""
    key = domain if domain in DEFAULTS else "TBT"
    row = session.exec(select(Channel).where(Channel.domain == key)).first()
    return row or Channel(domain=key, name_zh=DEFAULTS[key])
