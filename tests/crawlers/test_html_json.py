"""JSON inside a page's script, one page for each day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawlers.declaration_parts import Format
from crawlers.errors import ShellInstead, SourceError, TruncatedAnswer, WrongCharset, WrongFormat
from crawlers.formats import find_records
from crawlers.sources.br_dou_acts import prepare
from tests.crawlers.driving import crawl_here, write_recording

FORM = Format(type="html_json", script="script#params", root="acts")
DOU = "br_dou_acts"


def page(script: str) -> bytes:
    return f"<html><body><p>Gazette</p>{script}</body></html>".encode()


def params(text: str) -> bytes:
    return page(f'<script id="params" type="application/json">{text}</script>')


def test_the_records_are_those_of_the_script() -> None:
    found = find_records(params('{"acts": [{"title": "A &amp; B <b>c</b>"}]}'), FORM)
    assert found.records == [{"title": "A &amp; B <b>c</b>"}]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (page("<script src='main.js'></script>"), ShellInstead),
        (params(""), ShellInstead),
        (params('{"acts": ['), TruncatedAnswer),
        (params('{"acts": []}')[:-8], TruncatedAnswer),
        (params('{"atos": []}'), WrongFormat),
        (params('{"acts": [1]}'), WrongFormat),
        (params('{"acts": []}').decode().encode("utf-16-le"), WrongCharset),
    ],
)
def test_a_page_without_its_data_has_a_name(body: bytes, error: type[SourceError]) -> None:
    with pytest.raises(error):
        find_records(body, FORM)


def _day(day: str, *acts: dict[str, Any]) -> dict[str, Any]:
    url = f"https://www.in.gov.br/leiturajornal?data={day}&secao=do1"
    return {"url": url, "match": "exact", "body": params(json.dumps({"jsonArray": acts}))}


def _act(number: int, day: str) -> dict[str, Any]:
    return {
        "urlTitle": f"portaria-n-{number}-de-2026-{731000000 + number}", "title": f"PORTARIA Nº {number}",
        "artType": "Portaria", "hierarchyStr": "Instituto Nacional de Metrologia", "pubDate": day, "content": "Aprova.",
    }  # fmt: skip


DAYS = ("30-05-2026", "31-05-2026", "01-06-2026", "02-06-2026", "03-06-2026")


def test_each_day_is_asked_by_itself_and_a_day_that_fails_costs_only_itself(sqlite_url: str, tmp_path: Path) -> None:
    lines = [_day(day, _act(n, day.replace("-", "/"))) for n, day in enumerate(DAYS)]
    lines[2] = {**lines[2], "status": 500}
    report = crawl_here(sqlite_url, DOU, write_recording(tmp_path / "a", *lines))
    assert (report.status, report.new, report.issues[0].kind) == ("failing", 4, "ServerTrouble")
    lines[2] = _day(DAYS[2], _act(2, "01/06/2026"))
    report = crawl_here(sqlite_url, DOU, write_recording(tmp_path / "b", *lines))
    assert (report.status, report.new, report.unchanged) == ("ok", 1, 4)


def test_the_answer_about_one_day_is_no_measure_for_another(sqlite_url: str, tmp_path: Path) -> None:
    same = [_day(day, _act(7, "30/05/2026")) for day in DAYS]  # byte for byte
    assert crawl_here(sqlite_url, DOU, write_recording(tmp_path / "a", *same)).status == "ok"
    other = [*same[:4], _day(DAYS[4], _act(7, "30/05/2026"), _act(8, "03/06/2026"))]
    report = crawl_here(sqlite_url, DOU, write_recording(tmp_path / "b", *other))
    assert (report.status, report.new, report.rows) == ("ok", 1, 6)  # all five pages were read


def test_days_without_an_act_are_nothing_unless_all_are(sqlite_url: str, tmp_path: Path) -> None:
    empty = [_day(day) for day in DAYS]
    report = crawl_here(
        sqlite_url, DOU, write_recording(tmp_path / "a", *empty[:4], _day(DAYS[4], _act(7, "03/06/2026")))
    )
    assert (report.status, report.new, report.requests) == ("ok", 1, 5)
    report = crawl_here(sqlite_url, DOU, write_recording(tmp_path / "b", *empty))
    assert (report.status, report.issues[0].kind) == ("failing", "NothingListed")


def test_after_a_silence_every_day_since_the_last_good_visit_is_asked(sqlite_url: str, tmp_path: Path) -> None:
    lines = [_day(day, _act(n, day.replace("-", "/"))) for n, day in enumerate(DAYS)]
    crawl_here(sqlite_url, DOU, write_recording(tmp_path / "a", *lines))
    later = [_day(f"{day:02d}-06-2026", _act(day, f"{day:02d}/06/2026")) for day in range(1, 11)]
    report = crawl_here(sqlite_url, DOU, write_recording(tmp_path / "b", *later), now="2026-06-10T09:00:00+08:00")
    assert (report.status, report.requests) == ("ok", 10)  # from 1 June, two days before the last visit


def test_acts_on_persons_are_left_out_and_addresses_give_the_number() -> None:
    act = _act(1045, "03/06/2026") | {"title": "PORTARIA Nº 1.045, DE 2 DE JUNHO DE 2026"}
    prepared = prepare(act)
    assert prepared and prepared["act"] == "731001045" and prepared["reference"] == "Portaria Inmetro 1045/2026"
    assert prepare(act | {"content": "Designar o servidor para a comissão."}) is None
