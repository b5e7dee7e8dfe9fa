"""The files of data/: their rows as values, read strictly; no database, no judgement (see reference_checks.py)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from settings import TbtwatchError
from store.reference_rows import (
    AbolishedRow,
    BureauRow,
    ClusterRow,
    ClusterSourceRow,
    Codes,
    CodeWeightRow,
    CommitteeMeetingRow,
    CountryRow,
    DisplayNameRow,
    HolidayRow,
    HsNameRow,
    IndustryRow,
    MailProviderRow,
    MailReplyRow,
    MarketGroupRow,
    RegionRow,
    Row,
    SeverityRow,
    TermRow,
    ThresholdRow,
    WordRow,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one cell; `line` counts from 1, the header being line 1. `message` says the cure."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class BadReference(TbtwatchError):
    """Raised when the reference files cannot be used; the message has one line a problem."""

    def __init__(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Reference:
    """All files of data/ as rows in file order; `problems` are cells that could not be read (their rows are absent)."""

    regions: tuple[RegionRow, ...] = ()
    abolished: tuple[AbolishedRow, ...] = ()
    bureaus: tuple[BureauRow, ...] = ()
    industries: tuple[IndustryRow, ...] = ()
    words: tuple[WordRow, ...] = ()
    code_weights: tuple[CodeWeightRow, ...] = ()
    thresholds: tuple[ThresholdRow, ...] = ()
    clusters: tuple[ClusterRow, ...] = ()
    cluster_sources: tuple[ClusterSourceRow, ...] = ()
    countries: tuple[CountryRow, ...] = ()
    terms: tuple[TermRow, ...] = ()
    severity: tuple[SeverityRow, ...] = ()
    display_names: tuple[DisplayNameRow, ...] = ()
    market_groups: tuple[MarketGroupRow, ...] = ()
    hs_names: tuple[HsNameRow, ...] = ()
    holidays: tuple[HolidayRow, ...] = ()
    committee_meetings: tuple[CommitteeMeetingRow, ...] = ()
    mail_providers: tuple[MailProviderRow, ...] = ()
    mail_replies: tuple[MailReplyRow, ...] = ()
    hs: dict[str, str] = field(default_factory=dict, repr=False)  # code -> English heading
    ics: dict[str, str] = field(default_factory=dict, repr=False)
    gb4754: dict[str, str] = field(default_factory=dict, repr=False)  # code -> Chinese name
    problems: tuple[Problem, ...] = ()


FILES: dict[str, tuple[str, type[Row]]] = {
    "regions": ("regions.csv", RegionRow),
    "abolished": ("regions_abolished.csv", AbolishedRow),
    "bureaus": ("bureaus.csv", BureauRow),
    "industries": ("industries.csv", IndustryRow),
    "words": ("industry_words.csv", WordRow),
    "code_weights": ("code_weights.csv", CodeWeightRow),
    "thresholds": ("thresholds.csv", ThresholdRow),
    "clusters": ("clusters.csv", ClusterRow),
    "cluster_sources": ("cluster_sources.csv", ClusterSourceRow),
    "countries": ("countries.csv", CountryRow),
    "terms": ("glossary.csv", TermRow),
    "severity": ("severity.csv", SeverityRow),
    "display_names": ("display_names.csv", DisplayNameRow),
    "market_groups": ("market_groups.csv", MarketGroupRow),
    "hs_names": ("hs_names_zh.csv", HsNameRow),
    "holidays": ("holidays.csv", HolidayRow),
    "committee_meetings": ("committee_meetings.csv", CommitteeMeetingRow),
    "mail_providers": ("mail_providers.csv", MailProviderRow),
    "mail_replies": ("mail_replies.csv", MailReplyRow),
}
NOMENCLATURES: dict[str, tuple[str, str, str]] = {
    "hs": ("nomenclature/hs2022_en.csv", "hscode", "description"),
    "ics": ("nomenclature/ics7_en.csv", "code", "title"),
    "gb4754": ("nomenclature/gbt4754_2017_zh.csv", "code", "name_zh"),
}

AnyRow = TypeVar("AnyRow", bound=Row)


def read_reference(folder: Path) -> Reference:
    """Read every file of `folder`; never raises for a broken one: `Reference.problems` tells."""
    if not folder.is_dir():
        return Reference(problems=(Problem(str(folder), 1, "-", "is no folder: name the one that holds the files"),))
    problems: list[Problem] = []
    tables: dict[str, Any] = {name: _read_rows(folder, file, kind, problems) for name, (file, kind) in FILES.items()}
    for name, (file, code, title) in NOMENCLATURES.items():
        lines = _read_lines(folder, file, problems)
        tables[name] = _code_titles(file, lines, code, title, problems)
    return Reference(**tables, problems=tuple(problems))


def columns_of(kind: type[Row]) -> list[str]:
    """The header of a file of such rows."""
    return [f.name for f in fields(kind) if f.name != "line"]


def _read_rows(folder: Path, file: str, kind: type[AnyRow], problems: list[Problem]) -> tuple[AnyRow, ...]:
    lines = _read_lines(folder, file, problems)
    columns = columns_of(kind)
    if not lines or not _has_columns(file, lines[0][1], columns, problems):
        return ()
    parsers = [PARSERS[str(f.type)] for f in fields(kind) if f.name != "line"]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(columns):
            message = f"{len(cells)} cells where the header has {len(columns)}: quote a cell that holds a comma"
            problems.append(Problem(file, line, columns[min(len(cells), len(columns) - 1)], message))
            continue
        values: list[Any] = []
        for column, parser, cell in zip(columns, parsers, cells, strict=True):
            try:
                values.append(parser(cell.strip()))
            except ValueError as error:
                problems.append(Problem(file, line, column, str(error)))
        if len(values) == len(columns):
            rows.append(kind(*values, line=line))
    return tuple(rows)


def _read_lines(folder: Path, file: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """The records of a CSV file with the line each begins on; blank lines are left out."""
    try:
        text = (folder / file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(file, 1, "-", f"cannot be read ({error.strerror}): put the file into the folder"))
        return []
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(file, line, "-", "is not UTF-8: save it as CSV UTF-8"))
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            if cells:
                found.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, begins, "-", f"is not CSV from here ({error}): mend the quotes"))
        return []
    if not found:
        problems.append(Problem(file, 1, "-", "is empty: restore it from the release"))
    return found


def _has_columns(file: str, header: list[str], wanted: list[str], problems: list[Problem]) -> bool:
    if header == wanted:
        return True
    missing = [name for name in wanted if name not in header]
    extra = [name for name in header if name not in wanted]
    column = (missing or extra or header)[0]
    problems.append(Problem(file, 1, column, f"the header must be {','.join(wanted)}"))
    return False


def _code_titles(
    file: str, lines: list[tuple[int, list[str]]], code: str, title: str, problems: list[Problem]
) -> dict[str, str]:
    if not lines:
        return {}
    header = lines[0][1]
    if code not in header or title not in header:
        problems.append(Problem(file, 1, code, f"the header must have {code} and {title}"))
        return {}
    at, to = header.index(code), header.index(title)
    return {cells[at]: cells[to] for _, cells in lines[1:] if len(cells) == len(header)}


def _codes(cell: str) -> Codes:
    return tuple(cell.split(";")) if cell else ()


def _yes_no(cell: str) -> bool:
    if cell not in ("yes", "no"):
        raise ValueError(f"'{cell}' is neither yes nor no")
    return cell == "yes"


def _mark(cell: str) -> bool:
    if cell not in ("yes", ""):
        raise ValueError(f"'{cell}' is neither yes nor empty")
    return cell == "yes"


def _whole(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit():
        raise ValueError(f"'{cell}' is no whole number")
    return int(cell)


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"'{cell}' is no number: write it like 0.5") from None
    if not 0 <= value <= 1000:
        raise ValueError(f"'{cell}' is out of range: write a number from 0 to 1000")
    return value


PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _whole,
    "float": _number,
    "Codes": _codes,
    "YesNo": _yes_no,
    "Mark": _mark,
    "Maybe": lambda cell: _yes_no(cell) if cell else None,
    "Count": lambda cell: _whole(cell) if cell else None,
}
