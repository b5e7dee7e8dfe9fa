"""The parts of a source's declaration: how it is asked, where its records stand, what a healthy answer holds."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FormatName = Literal["json", "jsonl", "csv", "xml", "html", "feed", "sparql"]


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
    `page_take`: the same for the whole page, added to each record. `rename`: for csv, column -> our name.
    """

    type: FormatName = "json"
    root: str = ""
    total: str = ""  # path to the source's own count of records
    next: str = ""  # path to (or CSS of) the next page's address
    take: dict[str, str] = Field(default_factory=dict)
    page_take: dict[str, str] = Field(default_factory=dict)
    verdict: Verdict | None = None  # json
    one: bool = False  # json: one object stands at `root`, or answers whole, not a list of them
    encoding: str = "utf-8"
    delimiter: str = ","


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

    `url` is a template over the record. What is taken joins the record under "detail": detail.name.
    """

    url: str
    format: Format
    most: int = Field(default=60, gt=0)


class Index(Strict):
    """A list of reports that comes before them: its own address, form, and template of each report's address.

    `key` names a report for good; the newest `first` are read at the first visit, then those not read yet, at most
    `most` a visit, the oldest first.
    """

    format: Format
    key: str
    url: str
    first: int = Field(default=4, gt=0)
    most: int = Field(default=12, gt=0)
    take: dict[str, str] = Field(default_factory=dict)  # our name -> path: joins each record under "report"


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
