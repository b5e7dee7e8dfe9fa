"""The documents on the page of a notice: name, language, state in Chinese, the link, the beginning of the text."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from classifier.text import FIELDS
from crawlers.outcomes import _OUTCOMES
from store.columns import Public
from store.display_names import codes_of
from store.document import STATUSES, Document
from store.engine import writing
from store.notice import Notice
from tests.web.conftest import Browser
from tests.web.scene import Scene
from web.evidence import FIELD_ZH

URL = "https://docs.example/imrd/directdoc.asp?DDFDocuments/t/G/TBTN26/USA2101.DOCX"


def _add(engine: Engine, scene: Scene, now: datetime, **fields: object) -> None:
    values: dict[str, object] = {"url": URL, "rel": "notification", "lang": "en", "wanted_at": now, **fields}
    with writing(engine) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == scene.notice)).one()
        session.add(Document(notice_id=notice.id or 0, **values))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "wanted"}, ["待读取"]),
        ({"status": "wanted", "problem": "throttled"}, ["待读取（上次未成功：对方网站要求放慢，将再试）"]),
        ({"status": "fetched", "text": "Toys and lead", "pages": 4}, ["已读取，共 4 页", "<details>", "Toys and lead"]),
        ({"status": "fetched", "text": "a", "is_cut": True}, ["只读取了前面部分"]),
        ({"status": "unreadable", "problem": "encrypted"}, ["无法读取：文件有密码"]),
        ({"status": "unreadable", "problem": "scan"}, ["无法读取：扫描件，没有文字"]),
        ({"status": "too_big", "problem": "too_big"}, ["无法读取：文件过大"]),
        ({"status": "refused", "problem": "robots"}, ["无法读取：对方网站不允许自动读取"]),
        ({"status": "failed", "problem": "trouble"}, ["未能取得：对方网站出现故障"]),
    ],
)
def test_a_document_and_its_state(
    fields: dict[str, object], said: list[str], browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    _add(loaded, scene, now, **fields)
    page = browser().get(f"/notices/{scene.notice}").text
    section = page.partition("<h2>文件原文</h2>")[2].partition("<h2>")[0]
    for words in ("USA2101.DOCX", "（通报文件，英文）", f'href="{URL}"', *said):
        assert words in section, words


def test_a_notice_without_documents_has_no_such_part(browser: Browser, scene: Scene) -> None:
    assert "文件原文" not in browser().get(f"/notices/{scene.notice}").text


def test_what_a_file_smuggles_in_stays_text(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    _add(loaded, scene, now, status="fetched", text="<script>alert(1)</script>" + "x" * 5000)
    _add(loaded, scene, now, url="javascript:alert(1)//a.pdf", rel="document")
    page = browser().get(f"/notices/{scene.notice}").text
    assert "<script>alert(1)" not in page and 'href="javascript' not in page
    assert "x" * 3001 not in page and "x……" in page


def test_parked_documents_are_shown_to_operators(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    _add(loaded, scene, now, status="failed", last_error="status 503: away", parked_at=now + timedelta(minutes=1))
    page = browser("guangdong").get("/operations").text
    assert "公告文件" in page and "status 503: away" in page


def test_every_status_problem_and_field_has_a_name() -> None:
    assert set(codes_of("document_status")) == set(STATUSES)
    assert {outcome.problem for outcome in _OUTCOMES.values()} <= set(codes_of("document_problem"))
    assert set(FIELDS) <= FIELD_ZH.keys() and FIELD_ZH["document"] == "附件原文"
    assert issubclass(Document, Public)
