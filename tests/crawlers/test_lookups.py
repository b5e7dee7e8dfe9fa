"""Ids looked up before the question; answers of which only a part may be kept."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crawlers.declaration_parts import Format, Lookup
from crawlers.declarations import declared_source
from crawlers.errors import WrongFormat
from crawlers.lookups import ids_in
from crawlers.sources.eu_rasff import in_words
from store.crawl import RawAnswer
from store.engine import make_engine, reading
from tests.crawlers.driving import crawl_here

RASFF = "eu_rasff_notifications"
COUNTRIES = json.dumps({"countries": [{"id": 1, "code": "in"}, {"id": 5075, "code": "cn", "name": "China"}]}).encode()


def lookup(**find: dict[str, tuple[str, ...]]) -> Lookup:
    return Lookup(url="https://example.org/list", format=Format(root="countries"), find=find)


def test_an_entry_is_found_by_any_of_its_fields() -> None:
    wanted = lookup(china={"alpha2Code": ("CN",), "code": ("CN",)}, india={"name": ("India",), "code": ("IN",)})
    assert ids_in(COUNTRIES, wanted) == {"china": "5075", "india": "1"}


def test_an_entry_that_is_not_there_or_has_no_id_is_named() -> None:
    with pytest.raises(WrongFormat, match="no entry for 'peru'"):
        ids_in(COUNTRIES, lookup(peru={"code": ("PE",)}))
    with pytest.raises(WrongFormat, match="with 'number'"):
        ids_in(COUNTRIES, lookup(china={"code": ("CN",)}).model_copy(update={"take": "number"}))


@pytest.fixture
def recording(tmp_path: Path) -> Callable[[str, dict[str, Any]], Path]:
    """A copy of the recording in which the exchange of one address is another."""

    def change(end: str, changes: dict[str, Any]) -> Path:
        folder = tmp_path / "recording"
        shutil.copytree(declared_source(RASFF).recording, folder)
        lines = [json.loads(line) for line in (folder / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()]
        lines = [line | changes if line["url"].endswith(end) else line for line in lines]
        if isinstance(body := changes.get("text"), str):
            (folder / "other.json").write_text(body, encoding="utf-8")
            lines = [{k: v for k, v in line.items() if k != "text"} for line in lines]
        (folder / "exchanges.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        return folder

    return change


Recorded = Callable[[str, dict[str, Any]], Path]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"status": 503}, "ServerTrouble"),
        ({"status": 404}, "PageMissing"),
        ({"text": '{"countries": [{"id": 1, "alpha2Code": "IN"}]}', "body": "other.json"}, "WrongFormat"),
        ({"text": "<!DOCTYPE html><html></html>", "body": "other.json"}, "HtmlInstead"),
    ],
)
def test_without_its_ids_a_question_is_not_asked(
    changes: dict[str, Any], error: str, recording: Recorded, sqlite_url: str
) -> None:
    report = crawl_here(sqlite_url, RASFF, recording("/country/list/", changes))
    assert report.error is not None and (report.error.kind, report.status) == (error, "failing")
    assert (report.requests, report.new) == (1, 0)


def test_another_id_gives_another_question(recording: Recorded, sqlite_url: str) -> None:
    text = '{"countries": [{"id": 6000, "alpha2Code": "CN"}]}'
    report = crawl_here(sqlite_url, RASFF, recording("/country/list/", {"text": text, "body": "other.json"}))
    assert report.error is not None and report.error.kind == "DeadHost"  # that question was not recorded


def test_persons_and_operators_are_not_kept(sqlite_url: str) -> None:
    folder = declared_source(RASFF).recording
    assert "contactPersons" in (folder / "detail-841101.json").read_text(encoding="utf-8")
    crawl_here(sqlite_url, RASFF, folder)
    engine = make_engine(sqlite_url)
    with reading(engine) as session:
        bodies = [zlib.decompress(raw.body).decode() for raw in session.execute(select(RawAnswer)).scalars()]
    engine.dispose()
    assert len(bodies) == 5 and all('"hazards"' in body for body in bodies)
    assert not any(
        word in body for body in bodies for word in ("contactPersons", "operators", "takenBy", "organizationFlags")
    )


def test_a_finding_in_words() -> None:
    hazard = {
        "name": "lead  - heavy metals",
        "analyticalResult": "42?13",
        "unit": "mg/kg",
        "maxPermittedLvl": "0,1 mg/kg",
    }
    assert in_words(hazard) == "lead - heavy metals: 42±13 mg/kg (at most 0,1 mg/kg)"
    assert in_words({"name": "Salmonella - micro-organisms", "unit": "/25g"}) == "Salmonella - micro-organisms"
    assert in_words({}) == ""
