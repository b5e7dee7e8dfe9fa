"""Origins out of the words of enforcement reports, and titles that fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crawlers.declarations import declared_source
from crawlers.sources.us_fda_enforcement import LONGEST, origins_in, prepare, shortened
from tests.crawlers.driving import crawl_here, write_recording

FDA = "us_fda_enforcement_reports"


@pytest.mark.parametrize(
    ("product", "firm_country", "origins"),
    [
        ("Dried mushrooms. Product of China. Keep dry.", "United States", ["CHN"]),
        ("Kettle MADE IN P.R. CHINA NET WT 1 KG", "United States", ["CHN"]),
        ("Made in the People's Republic of China for Sample", "", ["CHN"]),
        ("Packed in Viet Nam; product of South Korea", "", ["VNM", "KOR"]),
        ("Country of Origin: Taiwan", "", ["TPKM"]),
        ("Made in a facility that also handles nuts", "United States", []),
        ("Thermometer", "China", ["CHN"]),
        ("Chinaware, distributed in China", "United States", []),
    ],
)
def test_origins(product: str, firm_country: str, origins: list[str]) -> None:
    assert origins_in(product, {"country": firm_country}) == origins


def test_damaged_marks_go_and_questions_in_spanish_stay() -> None:
    record = prepare({"product_description": "ThermoTest¿ PRO 6000¿, ¿qué es?", "code_info": "N/A", "city": None})
    assert record["product_description"] == "ThermoTest PRO 6000¿, ¿qué es?"
    assert record["code_info"] == "" and record["city"] is None


def test_titles_are_cut_between_words() -> None:
    assert shortened("short") == "short"
    long = shortened("word, " * 100)
    assert len(long) <= LONGEST + 1 and long.endswith("word…")


def test_one_of_three_lists_that_cannot_be_read_is_a_failure(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    shutil.copytree(declared_source(FDA).recording, folder)
    food = folder / "food.json"
    food.write_text(food.read_text(encoding="utf-8").replace('"recall_number"', '"number"'), encoding="utf-8")
    report = crawl_here(sqlite_url, FDA, folder)
    assert (report.status, report.new, report.rejected) == ("failing", 2, 3)
    assert "AllRejected" in {note.kind for note in report.issues}


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [(404, "No such address", "PageMissing"), (500, "No matches found!", "ServerTrouble")],
)
def test_only_its_own_words_say_that_nothing_was_found(
    sqlite_url: str, tmp_path: Path, status: int, words: str, kind: str
) -> None:
    body = json.dumps({"error": {"code": "NOT_FOUND", "message": words}}).encode()
    one = declared_source(FDA)
    folder = write_recording(tmp_path / "r", *({"url": url, "status": status, "body": body} for url in one.urls))
    report = crawl_here(sqlite_url, FDA, folder)
    assert (report.status, report.new) == ("failing", 0)
    assert {note.kind for note in report.issues} == {kind}


def test_nothing_at_all_is_no_good_answer_either(sqlite_url: str, tmp_path: Path) -> None:
    body = json.dumps({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}).encode()
    one = declared_source(FDA)
    folder = write_recording(tmp_path / "r", *({"url": url, "status": 404, "body": body} for url in one.urls))
    report = crawl_here(sqlite_url, FDA, folder)
    assert (report.status, report.issues[0].kind) == ("failing", "NothingListed")


def test_the_key_is_sent_when_there_is_one(sqlite_url: str, tmp_path: Path) -> None:
    one = declared_source(FDA)
    answers = [
        {"url": f"{url}?api_key=a-key&limit=100&search=report_date:[20260506+TO+20260603]&skip=0"
                "&sort=report_date:desc", "match": "exact", "body": (one.recording / f"{kind}.json").read_bytes(),
         "status": 404 if kind == "drug" else 200}
        for url, kind in zip(one.urls, ("food", "drug", "device"), strict=True)
    ]  # fmt: skip
    assert crawl_here(sqlite_url, FDA, write_recording(tmp_path / "r", *answers), key="a-key").new == 5
