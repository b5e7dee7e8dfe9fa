"""SafetyKorea's envelope: nothing found, a refused key and another answer are told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawlers.declarations import declared_source
from crawlers.errors import KeyRefused, WrongFormat
from crawlers.sources.kr_safetykorea import unwrap
from tests.crawlers.driving import crawl_here, write_recording

SOURCE = "kr_safetykorea_recalls"


def test_the_odd_answer_without_records_is_none(sqlite_url: str, tmp_path: Path) -> None:
    odd = json.dumps({"resultCode": "2000", "resultMsg": "success", "resultData": ""}).encode()
    assert json.loads(unwrap(odd))["resultData"] == []
    folder = write_recording(tmp_path / "r", {"url": declared_source(SOURCE).url, "body": odd})
    report = crawl_here(sqlite_url, SOURCE, folder)
    assert (report.status, report.issues) == ("unchanged", [])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"resultCode": "4000", "resultMsg": "invalid AuthKey"}, KeyRefused),
        ({"resultCode": "5000", "resultMsg": "시스템 오류"}, WrongFormat),
        ({"resultCode": "2000", "resultData": "x" * 300}, WrongFormat),
    ],
)
def test_anything_else_is_an_error_by_name(answer: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        unwrap(json.dumps(answer).encode())


def test_what_is_no_envelope_is_left_to_the_format() -> None:
    assert unwrap(b"<html>") == b"<html>" and unwrap(b"[]") == b"[]"
