"""The parts of a source's declaration: how it is asked, where its records stand, what a healthy answer holds."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FormatName = Literal["json", "jsonl", "csv", "xml", "html", "html_json", "feed", "sparql"]


class Strict(BaseModel):
    """No key that is not known, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Key(Strict):
    """Where the source's key comes from and how it is sent; without an optional one the source is asked anyway."""

    setting: str = Field(pattern=r"^TBTWATCH_[A-Z0-9_]+$")
    header: str = ""
    prefix: str = ""  # before the key in its header: "Bearer "
    parameter: str = ""
    optional: bool = False

    @model_validator(mode="after")
    def _sent_somehow(self) -> Key:
        if bool(self.header) == bool(self.parameter):
            raise ValueError("give either header or parameter")
        return self


class Paging(Strict):
    """Pages of `size` records: counted from `first`, or by the offset of their first record, or by the next address.

    `parameter` and `size_parameter` name the query's fields; where the place is written otherwise (in a body, within
    another value), use {page}, {offset} and {size} there and leave them out. With `until_known` the newest come first,
    and a page of nothing but known records is the last.
    """

    by: Literal["page", "offset", "next"] = "page"
    parameter: str = ""
    size_parameter: str = ""
    size: int = Field(gt=0)
    first: int = 1
    most: int = Field(default=2000, gt=0)  # pages of one visit
    until_known: bool = False


class Window(Strict):
    """A range of days asked for: the recent `days`, or slices of `slice_days` back to `earliest` on a fill.

    Either the parameters are named, or {from} and {to} stand in the query or the body; `format` is strftime's. With
    `daily` a question is about one day, {from}, and each of the recent days is asked for by itself.
    """

    from_parameter: str = ""
    to_parameter: str = ""
    format: str = "%Y-%m-%d"
    days: int = Field(gt=0)
    overlap_days: int = Field(default=7, ge=0)
    slice_days: int = Field(default=31, gt=0)
    daily: bool = False
    earliest: date


class Politeness(Strict):
    """How we behave at this source, and what we take from it."""

    delay_s: float = Field(default=1.0, ge=0)
    retries: int = Field(default=2, ge=0, le=5)
    timeout_s: float = Field(default=60.0, gt=0)
    max_bytes: int = Field(default=20_000_000, gt=0)
    longest_wait_s: float = Field(default=120.0, gt=0)  # a longer Retry-After ends the visit as limited
    obey_robots: bool = True
    user_agent: str = ""  # where the honest one is refused: says still who we are


class Expect(Strict):
    """What a healthy answer holds; less is a failure, not silence."""

    least: int = Field(default=1, ge=0)  # records in one visit; 0: nothing at all is a good answer too
    most: int | None = Field(default=None, gt=0)  # more means that we misread
    max_age_days: int | None = Field(default=None, gt=0)  # of the newest record at any visit
    share: float = Field(default=0.5, ge=0, le=1)  # of the usual number of records of a visit; 0: it varies at will
    marker: str = ""  # words that stand in every true answer

    @property
    def zero_ok(self) -> bool:
        """Whether a visit may find nothing."""
        return self.least == 0


class NoMatches(Strict):
    """How a source says "nothing found" with a status that else means an error (openFDA: 404 with these words)."""

    status: int
    marker: str = Field(min_length=3)


class Verdict(Strict):
    """How an answer says by a code of its own, whatever its status, what became of the question (SafetyKorea)."""

    at: str  # path to the code
    good: tuple[str, ...]
    nothing: tuple[str, ...] = ()  # codes for "nothing found"
    refused: tuple[str, ...] = ()  # codes for a key that is wrong, or not meant for this machine
    words: str = ""  # path to what it says beside the code

    @field_validator("good", "nothing", "refused", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return tuple(map(str, value)) if isinstance(value, list) else value


class Format(Strict):
    """The form of an answer and where its records stand.

    `root`: the path to the list (json), the element's name (xml), a CSS selector of one card (html), the pattern of the
    member's name (csv in a zip). `take`: for html, our name -> CSS with ::text or ::attr(name), relative to the card;
    `page_take`: the same for the whole page, added to each record under "page". `before`: our name -> CSS of the
    headings under which cards stand, the highest first. `rename`: for csv, column -> our name.
    """

    type: FormatName = "json"
    root: str = ""
    total: str = ""  # path to the source's own count of records
    next: str = ""  # path to (or CSS of) the next page's address
    take: dict[str, str] = Field(default_factory=dict)
    page_take: dict[str, str] = Field(default_factory=dict)
    before: dict[str, str] = Field(default_factory=dict)
    verdict: Verdict | None = None  # json
    one: bool = False  # json: one object stands at `root`, or answers whole, not a list of them
    encoding: str = "utf-8"
    lenient: bool = False  # csv, jsonl: one byte that the encoding does not have must not cost the whole file
    delimiter: str = ","
    script: str = ""  # html_json: the CSS of the script element whose text is JSON


class Origin(Strict):
    """Where goods come from: path to names or codes; `codes` translates what data/countries.csv does not know."""

    field: str
    codes: dict[str, str] = Field(default_factory=dict)
    none: tuple[str, ...] = ()  # words for "unknown"
    own: str = ""  # the origin of every record of this source, where it only speaks of one


class Category(Strict):
    """The source's own categories: path, and for each label the industries it hints at; [] says "none of ours"."""

    field: str
    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Detail(Strict):
    """A second page about each record not yet known, or listed otherwise than before: at most `most` a visit.

    `url` is a template over the record (of a report: as the reader prepares it). What is taken joins the record under
    "detail": detail.name.
    """

    url: str
    format: Format
    most: int = Field(default=60, gt=0)


class Index(Strict):
    """A list of reports that comes before them, at the declared address: its form, and where a report's facts stand.

    `key` names a report for good, `day` is its day, `url` are templates of its address, tried in turn until one gives
    a true report. The newest `first` are read at the first visit; then those not read yet, at most `most` a visit, the
    oldest first; each once more `again_days` after its day, since corrections happen in place (0: never).
    A reader module may have `prepare_report(record) -> record or None` (None: no report).
    """

    format: Format
    key: str
    day: str
    url: tuple[str, ...] = Field(min_length=1)
    first: int = Field(default=4, gt=0)
    most: int = Field(default=12, gt=0)
    again_days: int = Field(default=10, ge=0)
    take: dict[str, str] = Field(default_factory=dict)  # our name -> path: joins each record under "report"

    @field_validator("url", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class Lookup(Strict):
    """A list of the source's own, asked for before anything else: the ids that the question needs.

    `find`: our name -> path -> texts, any of which an entry has at any of the paths; {name} in the address or the body
    of the question is then what stands at `take`.
    """

    url: str = Field(pattern=r"^https?://")
    format: Format = Format()
    find: dict[str, dict[str, tuple[str, ...]]] = Field(min_length=1)
    take: str = "id"


class Where(Strict):
    """Which records are meant at all; the others are passed over without a word."""

    field: str
    among: tuple[str, ...] = ()  # any of these, compared without case
    matches: str = ""  # or this regular expression

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"no regular expression ({error})") from None
        return value

    @field_validator("among", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return tuple(map(str, value)) if isinstance(value, list) else value


class Blocks(Strict):
    """Which passages of a page are compared with those of the last visit.

    `main` is the CSS of the part that matters, `block` that of one passage within it; `without` names what is left
    out (navigation, forms), `omit` the words that are taken out of a passage first (running numbers, days of printing).
    """

    main: str = Field(min_length=1)
    block: str = "h1, h2, h3, h4, p, li, dt, dd, tr"
    without: tuple[str, ...] = ("nav", "form", "script", "style", "noscript")
    omit: tuple[str, ...] = ()
    name: str = ""  # CSS of the page's own name; else the source's name is used
    least: int = Field(default=3, gt=0)  # passages of the page as it should be
    most: int = Field(default=1500, gt=0)  # as many as are remembered
    agreed_on: date | None = None  # when a person last found a shrunken page right: a new day takes it as it stands

    @field_validator("omit")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"no regular expression ({error})") from None
        return value


class Frontier(Strict):
    """Pages with running numbers and no list: asked upward from the last one found; {number} stands in the address.

    A visit asks for at most `most` pages: the last one found, then upward until `misses` in a row are missing (by
    one of the statuses `missing`), then `again` of the `back` numbers before the last one, in turn. Numbers are left
    out here and there: over several visits the walk looks up to `ahead` numbers past the last one found.
    """

    first: int = Field(gt=0)  # a number that exists: where a first visit begins
    most: int = Field(default=10, gt=1)
    misses: int = Field(default=3, gt=0)
    ahead: int = Field(default=30, gt=0)
    again: int = Field(default=3, ge=0)
    back: int = Field(default=60, gt=0)
    missing: tuple[int, ...] = (404,)
