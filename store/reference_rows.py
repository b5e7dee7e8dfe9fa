"""The rows of the files in data/, one class a file; the order of the fields is the order of the columns."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

# How a cell is written is told by the annotation of its field; store/reference_export.py writes them back the same way.
Codes = tuple[str, ...]  # a;b;c
YesNo = bool  # yes, no
Mark = bool  # yes or empty
Maybe = bool | None  # yes, no, or empty for "does not matter"
Count = int | None  # a whole number or empty


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file; two rows are equal when their cells are, wherever they stand."""

    line: int = field(default=0, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class RegionRow(Row):
    """A province, city, county or town; `is_node`: works its own desk (重点县)."""

    code: str
    name_zh: str
    name_en: str
    tier: str
    parent_code: str
    status: str
    is_node: YesNo
    note: str


@dataclass(frozen=True, slots=True)
class AbolishedRow(Row):
    """An old division code and the one that took over."""

    code: str
    name_zh: str
    name_en: str
    tier: str
    parent_code: str
    successor_code: str
    abolished_year: int


@dataclass(frozen=True, slots=True)
class BureauRow(Row):
    """The office of a division; unconfirmed until the bureau itself says so. `role_*`: posts, never persons."""

    region_code: str
    name_zh: str
    short_name_zh: str
    unit_zh: str
    duty_phone: str
    reply_address: str
    role_a_zh: str
    role_b_zh: str
    confirmed: YesNo


@dataclass(frozen=True, slots=True)
class IndustryRow(Row):
    """An industry of Guangdong's list with its code prefixes."""

    id: str
    name_zh: str
    name_en: str
    sector: str
    priority: str
    gb4754: Codes
    hs: Codes
    ics: Codes
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class WordRow(Row):
    """A word that speaks for an industry, or an exclusion inside which its words do not count."""

    industry_id: str
    lang: str
    kind: str
    text: str
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class CodeWeightRow(Row):
    """A code prefix of an industry that is worth less than others; the rest weigh 1."""

    industry_id: str
    kind: str
    value: str
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class ThresholdRow(Row):
    """From which score a suggestion is accepted, and from which it is flagged."""

    industry_id: str
    accepted: float
    flagged: float


@dataclass(frozen=True, slots=True)
class ClusterRow(Row):
    """A county or town that hosts an industry; `lead` marks the one that leads for all."""

    region_code: str
    region_zh: str
    industry_id: str
    town_zh: str
    town_code: str
    note: str
    source: Codes
    sourced: YesNo
    confidence: str
    lead: Mark


@dataclass(frozen=True, slots=True)
class ClusterSourceRow(Row):
    """Where a cluster is known from."""

    key: str
    description: str
    date: str
    kind: str


@dataclass(frozen=True, slots=True)
class CountryRow(Row):
    """A WTO member or observer; `weight_tier` 5 to 1 is its importance as a market."""

    wto_symbol: str
    iso2: str
    iso3: str
    name_zh: str
    name_en: str
    status: str
    groups: Codes
    weight_tier: int
    export_share_pct: str
    share_year: str
    share_basis: str
    legacy_symbols: Codes
    note: str


@dataclass(frozen=True, slots=True)
class TermRow(Row):
    """A term of the field in four languages."""

    en: str
    abbr: str
    zh: str
    es: str
    fr: str
    category: str


@dataclass(frozen=True, slots=True)
class SeverityRow(Row):
    """A rule of the severity table; the first whose conditions all hold gives the colour."""

    position: int
    severity: str
    kind: Codes
    stage: Codes
    thread_reason: Codes
    ban: Maybe
    wave: Maybe
    origin_guangdong: Maybe
    aimed_at: Codes
    comments: Codes
    min_priority: str
    min_weight_tier: Count
    max_days_left: Count
    max_months_to_force: Count
    reason_zh: str

    def conditions(self) -> dict[str, object]:
        """What must hold, by name; an empty cell is no condition."""
        cells = {name: getattr(self, name) for name in CONDITIONS}
        said = {name: cell for name, cell in cells.items() if cell not in ((), "", None)}
        return {name: list(cell) if isinstance(cell, tuple) else cell for name, cell in said.items()}


CONDITIONS = tuple(f.name for f in fields(SeverityRow) if f.name not in ("line", "position", "severity", "reason_zh"))


@dataclass(frozen=True, slots=True)
class DisplayNameRow(Row):
    """What a code is called; see store/display_names.py."""

    kind: str
    code: str
    zh: str
    en: str
    wto_zh: str
    wto_en: str
    aliases: Codes


@dataclass(frozen=True, slots=True)
class MarketGroupRow(Row):
    """A word for several markets (中东) or another one for a single market; see alerts/market_groups.py."""

    name_zh: str
    also: Codes
    members: Codes
    note: str


@dataclass(frozen=True, slots=True)
class HsNameRow(Row):
    """A short Chinese name of an HS heading, our own (非官方)."""

    code: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class HolidayRow(Row):
    """A day off besides the weekend, or a weekend day that is worked (补班); see store/calendar.py."""

    day: str
    kind: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class CommitteeMeetingRow(Row):
    """A meeting of a WTO committee; see store/committee_meetings.py."""

    committee: str
    begins_on: str
    ends_on: str
    confirmed: YesNo
    note: str


@dataclass(frozen=True, slots=True)
class MailProviderRow(Row):
    """A provider of mailboxes; see alerts/providers.py."""

    provider: str
    name_zh: str
    domains: Codes
    mx_suffixes: Codes
    per_minute: int  # mails a minute, 0: as many as there are
    burst: int  # mails at once after a rest
    connections: int
    note: str


@dataclass(frozen=True, slots=True)
class MailReplyRow(Row):
    """What a mail server's answer means; see alerts/replies.py. The first row that fits counts."""

    provider: str
    code: str
    enhanced: str
    text: str
    answer: str
    source: str
