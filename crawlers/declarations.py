"""The declared sources: one YAML file each under crawlers/sources, read strictly."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from crawlers.declaration_parts import (
    Blocks,
    Category,
    Detail,
    Expect,
    Format,
    Frontier,
    Index,
    Key,
    Lookup,
    NoMatches,
    Origin,
    Paging,
    Politeness,
    Strict,
    Where,
    Window,
)
from crawlers.errors import BadDeclaration, UnknownSource
from crawlers.paths import Getter, getter_of, heads
from crawlers.reading import PARSER_VERSION, Reading
from settings import RECORDINGS, ROOT

MADE = frozenset({"page", "report", "detail", "file"})  # what a shape adds to a record
SOURCES = Path(__file__).parent / "sources"
Kind = Literal["notification", "regulation", "standard", "recall", "border"]
Shape = Literal[
    "feed", "json_api", "post_search", "sparql", "listing", "xml_report", "whole_file", "workbook", "watched_page",
    "id_frontier",
]  # fmt: skip
Reader = Callable[[bytes, str], Reading]

# What a record's fields may become; each is a path, a template, or a list of them.
FIELDS = frozenset(
    "key title description products keywords objectives hs ics lang notification_type published deadline adoption "
    "force original document notification regions references reason".split()
)


FEED_FIELDS = {"key": "id", "title": "title", "description": "summary", "published": "published", "original": "link"}
FEED_BOOKKEEPING = ("links", "updated", "categories", "lang", "author")


class Declaration(Strict):
    """One source as its YAML says."""

    id: str = Field(pattern=r"^[a-z0-9_]{3,60}$")
    name_zh: str
    name_en: str
    publisher: str
    country: str  # wto_symbol of who issues; ISO, IEC, ITU, W3C, WTO for bodies of the world
    kind: Kind
    shape: Shape
    reader: str = ""  # crawlers/sources/<reader>.py, where the declaration alone does not do
    url: str = Field(pattern=r"^https?://")
    more_urls: tuple[str, ...] = ()
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    lookups: tuple[Lookup, ...] = ()
    body: str = ""  # of a POST: JSON when it begins with {, else a form; {page}, {from} ... are filled in
    format: Format = Format()
    fields: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    keep: dict[str, str] = Field(default_factory=dict)  # our attribute -> path or template
    ignore: tuple[str, ...] = ()  # fields read by name and left
    must: tuple[str, ...] = ("key", "title")
    where: tuple[Where, ...] = ()
    dates: tuple[str, ...] = ()  # strptime formats, tried before the usual ones
    lang: str = ""  # of every record; "" is guessed from the text
    origin: Origin | None = None
    category: Category | None = None
    detail: Detail | None = None
    index: Index | None = None
    blocks: Blocks | None = None
    frontier: Frontier | None = None
    no_matches: NoMatches | None = None
    paging: Paging | None = None
    window: Window | None = None
    key: Key | None = None
    history: bool = False  # everything it brings is history (the workbook)
    first_visit: Literal["news", "history"] = "history"
    schedule: str  # cron, Asia/Shanghai
    jitter_s: int = Field(default=180, ge=0)  # a visit begins up to so many seconds later than planned
    politeness: Politeness = Politeness()
    expect: Expect = Expect()
    licence: str
    attribution: str
    grade: Literal["A", "B", "C", "D", "M"]
    verified_on: date
    enabled: bool
    note: str = ""

    @field_validator("query", "headers", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else value

    @field_validator("fields", mode="before")
    @classmethod
    def _as_lists(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {k: tuple(v) if isinstance(v, list) else (str(v),) for k, v in value.items()}

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if unknown := sorted(set(value) - FIELDS):
            raise ValueError(f"no such field '{unknown[0]}'; known are {', '.join(sorted(FIELDS))}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _plain_feed(cls, values: object) -> object:
        if not isinstance(values, dict) or values.get("shape") != "feed":
            return values
        filled = {**values, "format": {"type": "feed", **(values.get("format") or {})}}
        filled["fields"] = {**FEED_FIELDS, **(values.get("fields") or {})}
        filled["ignore"] = [*FEED_BOOKKEEPING, *(values.get("ignore") or [])]
        return filled

    @model_validator(mode="after")
    def _shape_has_its_parts(self) -> Declaration:
        needs = {
            "json_api": ("paging",),
            "post_search": ("body",),
            "xml_report": ("index",),
            "watched_page": ("blocks",),
            "id_frontier": ("frontier",),
        }
        for part in needs.get(self.shape, ()):
            if not getattr(self, part):
                raise ValueError(f"shape {self.shape} needs {part}")
        if not self.fields and not self.reader and not self.blocks:
            raise ValueError("give fields (what becomes of a record) or a reader")
        return self

    @property
    def urls(self) -> tuple[str, ...]:
        """Every declared address, the main one first."""
        return (self.url, *self.more_urls)

    @property
    def recording(self) -> Path:
        """The folder of this source's recording."""
        return RECORDINGS / self.id

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Those that are asked: what an answer names elsewhere, perhaps inside our own network, is not."""
        named = [*self.urls, *(self.index.url if self.index else ()), *([self.detail.url] if self.detail else ())]
        return frozenset(host for url in named if (host := urlsplit(url).netloc) and "{" not in host)

    @cached_property
    def getters(self) -> dict[str, Getter]:
        """Declared field -> what gives its texts out of a record."""
        return {field: getter_of(wanted) for field, wanted in self.fields.items()}

    @cached_property
    def read_fields(self) -> frozenset[str]:
        """The fields of a record that are read, or ignored by name; a reader module adds its own as READ."""
        wanted = [path for paths in self.fields.values() for path in paths] + list(self.keep.values())
        wanted += [where.field for where in self.where]
        wanted += [part.field for part in (self.origin, self.category) if part]
        wanted += [self.detail.url] if self.detail else []
        also: frozenset[str] = getattr(self.module(), "READ", frozenset())
        return frozenset().union(*map(heads, wanted), self.ignore, MADE, also)

    @cached_property
    def parser_version(self) -> str:
        """Changes with the code of the readers, with this declaration and with its reader's file: 20 characters."""
        reader = (SOURCES / f"{self.reader}.py").read_bytes() if self.reader else b""
        said = self.model_dump_json(exclude={"schedule", "politeness", "enabled", "expect", "note"}).encode()
        return f"{PARSER_VERSION}-{hashlib.sha256(said + reader).hexdigest()[:12]}"

    @property
    def reads_whole_answers(self) -> bool:
        """True when the reader module makes notices of an answer itself, without the declared fields."""
        return hasattr(self.module(), "read_answer")

    def read(self) -> Reader:
        """The function that turns one answer's bytes into a Reading; for readers that do it all themselves."""
        reader: Reader = self.module().read_answer
        return reader

    def module(self) -> Any:
        """The reader's module; None where the declaration alone does."""
        return importlib.import_module(f"crawlers.sources.{self.reader}") if self.reader else None


def read_declaration(path: Path) -> Declaration:
    """The declaration in `path`; raises BadDeclaration naming file, key and what is allowed."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadDeclaration(f"{shown}: no YAML ({' '.join(str(error).split())})") from None
    if not isinstance(values, dict):
        raise BadDeclaration(f"{shown}: a mapping of keys is wanted")
    try:
        declaration = Declaration(**values)
    except ValidationError as error:
        raise BadDeclaration(f"{shown}: " + "; ".join(map(_described, error.errors()))) from None
    if declaration.id != path.stem:
        raise BadDeclaration(f"{shown}: id is '{declaration.id}', but the file is called '{path.stem}'")
    if declaration.reader and not (SOURCES / f"{declaration.reader}.py").exists():
        raise BadDeclaration(f"{shown}: reader: there is no crawlers/sources/{declaration.reader}.py")
    return declaration


def _described(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the file"
    if error["type"] == "extra_forbidden":
        return (
            f"{key}: no such key; known are {', '.join(Declaration.model_fields)}"
            if "." not in key
            else f"{key}: no such key"
        )
    given = "" if error["type"] == "missing" else f" (given: {error['input']!r:.60})"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}{given}"


@lru_cache(maxsize=1)
def declared_sources() -> dict[str, Declaration]:
    """Every declared source by its id, in the order of the files; raises BadDeclaration."""
    found = [read_declaration(path) for path in sorted(SOURCES.glob("*.yaml"))]
    return {declaration.id: declaration for declaration in found}


def switched_sources(on: Iterable[str], off: Iterable[str]) -> dict[str, Declaration]:
    """The declared sources with those of `on` enabled and those of `off` not; raises UnknownSource."""
    found = dict(declared_sources())
    for names, enabled in ((on, True), (off, False)):
        found |= {name: declared_source(name).model_copy(update={"enabled": enabled}) for name in names}
    return found


def declared_source(source: str) -> Declaration:
    """The declaration of `source`; raises UnknownSource."""
    found = declared_sources().get(source)
    if found is None:
        raise UnknownSource(
            f"unknown source '{source}': `tbtwatch sources` lists the {len(declared_sources())} that exist"
        )
    return found
