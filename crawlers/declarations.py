"""The declared sources: one YAML file each under crawlers/sources, read strictly."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crawlers.errors import BadDeclaration, UnknownSource
from crawlers.reading import Reading
from settings import RECORDINGS, ROOT

SOURCES = Path(__file__).parent / "sources"
Kind = Literal["notification", "regulation", "standard", "recall", "border"]
Shape = Literal["json_api", "workbook"]
Reader = Callable[[bytes, str], Reading]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Key(_Strict):
    """Where the source's key comes from and how it is sent."""

    setting: str = Field(pattern=r"^TBTWATCH_[A-Z0-9_]+$")
    header: str = ""
    parameter: str = ""

    @model_validator(mode="after")
    def _sent_somehow(self) -> Key:
        if bool(self.header) == bool(self.parameter):
            raise ValueError("give either header or parameter")
        return self


class Paging(_Strict):
    """Pages counted from `first`, `size` records each."""

    parameter: str
    size_parameter: str
    size: int = Field(gt=0)
    first: int = 1


class Window(_Strict):
    """A range of days asked for: the recent `days`, or slices of `slice_days` back to `earliest` on a fill."""

    from_parameter: str
    to_parameter: str
    days: int = Field(gt=0)
    overlap_days: int = Field(default=7, ge=0)
    slice_days: int = Field(default=31, gt=0)
    earliest: date


class Politeness(_Strict):
    """How we behave at this source, and what we take from it."""

    delay_s: float = Field(default=1.0, ge=0)
    retries: int = Field(default=2, ge=0, le=5)
    timeout_s: float = Field(default=60.0, gt=0)
    max_bytes: int = Field(default=20_000_000, gt=0)
    longest_wait_s: float = Field(default=120.0, gt=0)  # a longer Retry-After ends the visit as limited
    obey_robots: bool = True


class Expect(_Strict):
    """What a healthy answer holds; less is a failure, not silence."""

    least: int = Field(default=1, ge=0)  # records in one visit


class Declaration(_Strict):
    """One source as its YAML says."""

    id: str = Field(pattern=r"^[a-z0-9_]{3,60}$")
    name_zh: str
    name_en: str
    publisher: str
    country: str
    kind: Kind
    shape: Shape
    reader: str
    url: str = Field(pattern=r"^https?://")
    query: dict[str, str] = Field(default_factory=dict)
    paging: Paging | None = None
    window: Window | None = None
    key: Key | None = None
    history: bool = False  # everything it brings is history (the workbook)
    first_visit: Literal["news", "history"] = "history"
    schedule: str  # cron, Asia/Shanghai
    politeness: Politeness = Politeness()
    expect: Expect = Expect()
    licence: str
    attribution: str
    grade: Literal["A", "B", "C", "D", "M"]
    verified_on: date
    enabled: bool
    note: str = ""

    @field_validator("query", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _shape_has_its_parts(self) -> Declaration:
        if self.shape == "json_api" and self.paging is None:
            raise ValueError("shape json_api needs paging")
        return self

    @property
    def recording(self) -> Path:
        """The folder of this source's recording."""
        return RECORDINGS / self.id

    def read(self) -> Reader:
        """The function that turns one answer's bytes into a Reading."""
        reader: Reader = self.module().read_answer
        return reader

    def module(self) -> Any:
        """The reader's module, for shapes that need more of it than `read_answer`."""
        return importlib.import_module(f"crawlers.sources.{self.reader}")


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
    if not (SOURCES / f"{declaration.reader}.py").exists():
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


def declared_source(source: str) -> Declaration:
    """The declaration of `source`; raises UnknownSource."""
    found = declared_sources().get(source)
    if found is None:
        raise UnknownSource(
            f"unknown source '{source}': `tbtwatch sources` lists the {len(declared_sources())} that exist"
        )
    return found
