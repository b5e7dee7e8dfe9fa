"""Answers that tell what became of the question by a code of their own, keys in a header's words, days one by one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request

from crawlers.declaration_parts import Format
from crawlers.declarations import declared_source
from crawlers.errors import KeyRefused, RequestRefused, SourceError, WrongFormat
from crawlers.formats import find_records
from crawlers.middlewares import KeyForItsHost
from tests.crawlers.driving import crawl_here, write_recording

KOREA = "kr_safetykorea_recalls"
LIST = "https://www.safetykorea.kr/openapi/api/recall/recallList.json"
RECALL = {"recallUid": "5101", "recallProductName": "봉제인형", "publishDate": "20260529"}


def said(code: str, data: list[dict[str, Any]] | None = None) -> bytes:
    return json.dumps({"resultCode": code, "resultMsg": "words", "resultData": data}).encode()


def form() -> Format:
    return declared_source(KOREA).format


def test_a_good_code_is_read_and_one_for_nothing_holds_nothing() -> None:
    assert find_records(said("2000", [RECALL]), form()).records == [RECALL]
    assert find_records(b'{"resultCode": "2004", "resultMsg": "No Data"}', form()).records == []


@pytest.mark.parametrize(
    ("body", "named", "words"),
    [
        (said("4000"), KeyRefused, r"result code 4000 \(words\).*check the setting"),
        (said("4001"), KeyRefused, "this machine's address"),
        (said("5000"), RequestRefused, "result code 5000"),
        (b'{"resultMsg": "?"}', WrongFormat, "no result code at 'resultCode'"),
        (b"[1]", WrongFormat, "no result code"),
        (said("2000"), WrongFormat, "no list of records at 'resultData'"),
    ],
)
def test_other_codes_are_errors_by_name(body: bytes, named: type[SourceError], words: str) -> None:
    with pytest.raises(named, match=words):
        find_records(body, form())


def day(number: int, body: bytes) -> dict[str, Any]:
    return {"url": f"{LIST}?conditionKey=publishDate&conditionValue=202605{number:02d}", "match": "exact", "body": body}


def test_each_day_is_asked_for_and_days_without_recalls_are_good_answers(sqlite_url: str, tmp_path: Path) -> None:
    days = [day(n, said("2004")) for n in range(21, 30)] + [day(30, said("2000", [RECALL]))]
    report = crawl_here(sqlite_url, KOREA, write_recording(tmp_path / "r", *days), now="2026-05-30T09:00:00+08:00")
    assert (report.status, report.new, report.requests, report.issues) == ("ok", 1, 10, [])


def test_a_day_that_is_refused_needs_a_key_and_keeps_the_others(sqlite_url: str, tmp_path: Path) -> None:
    days = [day(n, said("2004")) for n in range(21, 29)] + [day(29, said("2000", [RECALL])), day(30, said("4000"))]
    report = crawl_here(sqlite_url, KOREA, write_recording(tmp_path / "r", *days), now="2026-05-30T09:00:00+08:00")
    assert (report.status, report.new, [note.kind for note in report.issues]) == ("needs_key", 1, ["KeyRefused"])


def test_a_redirect_to_the_word_that_the_key_is_wrong_needs_a_key(sqlite_url: str, tmp_path: Path) -> None:
    elsewhere = "https://www.safetykorea.kr/openapi/api/error/accessDeniedByKey.json"
    folder = write_recording(
        tmp_path / "r",
        {"url": LIST, "match": "path", "status": 302, "headers": {"Location": elsewhere}, "body": b""},
        {"url": elsewhere, "match": "path", "body": said("4000")},
    )
    report = crawl_here(sqlite_url, KOREA, folder)
    assert (report.status, {note.kind for note in report.issues}) == ("needs_key", {"KeyRefused"})


@pytest.mark.parametrize(("source", "sent"), [("iec_publications", b"Bearer a-token"), (KOREA, b"a-token")])
def test_the_key_goes_into_its_header_as_the_source_wants_it(source: str, sent: bytes) -> None:
    declaration = declared_source(source)
    assert declaration.key
    spider = SimpleNamespace(declaration=declaration, job=SimpleNamespace(key="a-token"))
    request, other = Request(declaration.url), Request("https://elsewhere.example/")
    manner = KeyForItsHost(SimpleNamespace(spider=spider))  # type: ignore[arg-type] # what Scrapy's crawler would carry
    for one in (request, other):
        manner.process_request(one)
    assert request.headers[declaration.key.header] == sent and declaration.key.header not in other.headers


@pytest.mark.parametrize(
    "body",
    [b'{"Message": "An error has occurred."}', b'"An error has occurred."', b'[{"Message": "An error has occurred."}]'],
)
def test_an_error_in_a_good_status_is_none_of_cpsc_s_lists(sqlite_url: str, tmp_path: Path, body: bytes) -> None:
    line = {"url": declared_source("us_cpsc_recalls").url, "match": "path", "body": body}
    report = crawl_here(sqlite_url, "us_cpsc_recalls", write_recording(tmp_path / "r", line))
    assert (report.status, report.new) == ("failing", 0)
    assert {note.kind for note in report.issues} & {"WrongFormat", "AllRejected"}


def test_an_empty_list_of_cpsc_is_no_silence(sqlite_url: str, tmp_path: Path) -> None:
    line = {"url": declared_source("us_cpsc_recalls").url, "match": "path", "body": b"[]"}
    report = crawl_here(sqlite_url, "us_cpsc_recalls", write_recording(tmp_path / "r", line))
    assert (report.status, report.issues[0].kind) == ("failing", "NothingListed")
