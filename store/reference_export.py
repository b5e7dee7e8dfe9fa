"""Writing the store's reference data as the files it was loaded from: what nobody changed comes out byte for byte."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlmodel import Session

from settings import DATA, TbtwatchError
from store.mapping import published_mapping
from store.mapping_merge import KEYS, Key, Snapshot, Table, Value
from store.reference import FILES, NOMENCLATURES, columns_of
from store.reference_rows import CONDITIONS, Row
from store.reference_tables import read_store

# Files that are shipped and read but have no rows in the store: nobody edits them there.
COPIED = (
    "cluster_sources",
    "display_names",
    "market_groups",
    "hs_names",
    "holidays",
    "committee_meetings",
    "mail_providers",
    "mail_replies",
)


class CannotExport(TbtwatchError):
    """Raised when there is nothing to export, or the folder cannot be written."""


def export_reference(session: Session, folder: Path, *, shipped: Path = DATA) -> list[str]:
    """Write the files of the published mapping and its records into `folder`; returns their names.

    Files without rows of their own are copied from `shipped`. Raises CannotExport.
    """
    published = published_mapping(session)
    if published is None:
        raise CannotExport("no mapping is published yet: run `tbtwatch data load` first")
    texts = {FILES[name][0]: text for name, text in file_texts(read_store(session, published.id)).items()}
    copied = [FILES[name][0] for name in COPIED] + [file for file, _, _ in NOMENCLATURES.values()]
    try:
        (folder / "nomenclature").mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
        for file in copied:
            if (folder / file).resolve() != (shipped / file).resolve():
                shutil.copyfile(shipped / file, folder / file)
    except OSError as error:
        raise CannotExport(f"{error.filename}: {error.strerror}; name a folder that can be written") from None
    return sorted([*texts, *copied])


def file_texts(snapshot: Snapshot) -> dict[str, str]:
    """table of FILES -> the text of its file. Pure."""
    cells = {name: [_cells(name, key, value) for key, value in rows.items()] for name, rows in snapshot.items()}
    regions = {cell["code"]: cell["name_zh"] for cell in cells["regions"]}
    for cluster in cells["clusters"]:
        cluster["region_zh"] = regions.get(cluster["region_code"], "")
    cells["severity"] = [dict.fromkeys(CONDITIONS, "") | rule | rule["conditions"] for rule in cells["severity"]]
    codes = _codes_by_industry(snapshot["rules"])
    for industry in cells["industries"]:
        industry |= {kind: codes.get((industry["id"], kind), []) for kind in ("hs", "ics")}
    rules = cells.pop("rules")
    cells["words"] = [
        {**rule, "text": rule["value"]} for rule in rules if rule["kind"] in ("word", "umbrella", "exclusion")
    ]
    cells["code_weights"] = [
        rule for rule in rules if rule["kind"] in ("hs", "ics") and (rule["weight"] != 1 or rule["note"])
    ]
    return {name: _text(FILES[name][1], rows) for name, rows in cells.items()}


def _cells(name: str, key: Key, value: Value) -> dict[str, Any]:
    return dict(zip(KEYS[name], key, strict=True)) | value


def _codes_by_industry(rules: Table) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for industry, kind, _, value in rules:
        found.setdefault((industry, kind), []).append(value)
    return found


def _text(kind: type[Row], rows: Iterable[dict[str, Any]]) -> str:
    writers = {f.name: WRITERS[str(f.type)] for f in fields(kind) if f.name != "line"}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns_of(kind))
    writer.writerows([write(row[name]) for name, write in writers.items()] for row in rows)
    return out.getvalue()


def _yes_no(cell: Any) -> str:
    return "" if cell in ("", None) else "yes" if cell else "no"


# The reverse of store.reference.PARSERS.
WRITERS: dict[str, Callable[[Any], str]] = {
    "str": str,
    "int": str,
    "float": lambda cell: f"{cell:g}",
    "Codes": ";".join,
    "YesNo": _yes_no,
    "Mark": lambda cell: "yes" if cell else "",
    "Maybe": _yes_no,
    "Count": lambda cell: "" if cell is None else str(cell),
}
