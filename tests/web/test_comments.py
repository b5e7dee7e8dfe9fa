"""Comments over the pages: a firm by its link, three tiers at their desks, and what each may see; no JavaScript."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import docx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select
from starlette.testclient import TestClient

from alerts.comment_links import comment_path
from alerts.reminders import write_reminders
from settings import Settings
from store.audit import AuditEntry
from store.bureau import ASSOCIATION, Officer
from store.clock import fixed_clock
from store.comment import Comment, CommentScan
from store.email import Email
from store.engine import reading, writing
from tests.alerts.commented import Play, begin
from tests.cast import insert_officer
from tests.web.conftest import SOURCES, form_token_of
from web.app import create_app
from web.sessions import COOKIE, begin_session

FIRM = {"affected": "yes", "products": "积木", "yearly_value": "310.5", "harm": "测试周期太长", "wording": "推迟一年"}
SECRET = "不愿具名测试企业"
PDF = b"%PDF-1.7 sealed"


class Service:
    """The pages over a warning whose mails are out; browsers by sign-in."""

    def __init__(self, play: Play) -> None:
        self.play, self.engine = play, play.engine
        self.app: FastAPI = create_app(play.settings, play.engine, fixed_clock(play.now), sources=SOURCES)
        self.own = f"/comments/{play.warning}"

    def browser(self, officer: Officer | None = None) -> TestClient:
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)
        if officer is not None:
            with writing(self.engine) as session:
                client.cookies.set(COOKIE, begin_session(session, session.get_one(Officer, officer.id), self.play.now))
        return client

    def link(self, place: int = 0) -> str:
        return comment_path(self.play.settings.secret_bytes(), self.play.mail(place))

    def send(self, place: int = 0, **fields: str) -> int:
        return self.browser().post(self.link(place), data=FIRM | fields).status_code

    def comments(self) -> list[Comment]:
        with reading(self.engine) as session:
            return list(session.exec(select(Comment).order_by(Comment.id)))  # type: ignore[arg-type]

    def audits(self, action: str) -> int:
        with reading(self.engine) as session:
            return len(session.exec(select(AuditEntry).where(AuditEntry.action == action)).all())


@pytest.fixture
def service(loaded: Engine, now: datetime, settings: Settings) -> Service:
    return Service(begin(loaded, now, settings))


def post(client: TestClient, page: str, address: str, **fields: str | list[str]) -> int:
    """Send a form of a page with its token."""
    token = form_token_of(client.get(page).text)
    return client.post(address, data={"form_token": token, **fields}).status_code


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_changes_nothing(method: str, service: Service) -> None:
    assert service.browser().request(method, service.link()).status_code == 200
    assert service.comments() == []


def test_the_form_says_what_and_until_when_and_keeps_what_was_sent(service: Service) -> None:
    client = service.browser()
    page = client.get(service.link()).text
    assert "G/TBT/N/USA/1234" in page and "2026年7月10日" in page and '<form method="post">' in page
    answer = client.post(service.link(), data=FIRM, headers={"Origin": "https://mail.example"})
    assert answer.status_code == 200 and "已收到您的意见" in answer.text
    assert service.send() == 200
    (kept,) = service.comments()
    assert (kept.yearly_value, kept.firm_name, kept.may_be_named, kept.number) == (310.5, "", False, 1)
    again = client.get(service.link()).text
    assert "310.5" in again and "推迟一年" in again


def test_a_reminder_leads_to_the_form_of_its_warning(service: Service, now: datetime) -> None:
    play = service.play
    assert write_reminders(play.engine, now + timedelta(days=30), play.settings) == len(play.firms)
    with reading(play.engine) as session:
        mine = select(Email.public_id).where(Email.subscriber_id == play.firms[0].id, Email.kind == "reminder")
        name = session.exec(mine).one()
    link = comment_path(play.settings.secret_bytes(), name, play.warning)
    client = service.browser()
    assert "G/TBT/N/USA/1234" in client.get(link).text and service.comments() == []
    assert client.post(link, data=FIRM).status_code == 200 and len(service.comments()) == 1
    assert client.get(link.partition("&")[0]).status_code == 404


def test_a_mistake_is_told_and_nothing_typed_is_lost(service: Service) -> None:
    answer = service.browser().post(service.link(), data=FIRM | {"yearly_value": "很多"})
    assert answer.status_code == 422 and "单位万元" in answer.text and "测试周期太长" in answer.text
    assert service.comments() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_cut_foreign_or_other_purposes_link_answers_404(method: str, service: Service) -> None:
    from alerts.unsubscribing import token_for

    link = service.link()
    token = token_for(service.play.settings.secret_bytes(), service.play.mail())
    other = link.split("=")[0] + "=" + token
    for broken in (link[:-1], link.split("?")[0], other, link.replace(service.play.mail(), "0" * 32)):
        assert service.browser().request(method, broken).status_code == 404
    assert service.comments() == []


def test_markup_in_a_comment_is_shown_as_text(service: Service) -> None:
    service.send(harm="<script>alert(1)</script>")
    for page in (
        service.browser().get(service.link()).text,
        service.browser(service.play.cast.county).get(service.own).text,
    ):
        assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_only_the_own_line_sees_names_values_and_wording_and_each_view_is_written_down(service: Service) -> None:
    service.send(0, firm_name=SECRET)
    cast = service.play.cast
    county, stranger = (
        service.browser(cast.county).get(service.own).text,
        service.browser(cast.stranger).get(service.own).text,
    )
    assert SECRET in county and "310.5" in county and service.audits("comment.view") == 1
    assert SECRET not in stranger and "310.5" not in stranger and "推迟一年" not in stranger
    province = service.browser(cast.province).get(service.own).text
    assert SECRET not in province and "310.5" in province and "未同意" in province
    assert service.audits("comment.view") == 2


def test_others_see_sums_of_three_firms_and_nothing_of_two(service: Service) -> None:
    stranger = service.browser(service.play.cast.stranger)
    service.send(0)
    service.send(1)
    assert "家企业：受影响" not in stranger.get(service.own).text
    service.send(2)
    page = stranger.get(service.own).text
    assert "3家企业：受影响3家" in page and "931.5万元" in page and "积木" not in page


def test_an_association_reads_sums_and_adds_one_comment_for_its_members(service: Service) -> None:
    for place in range(3):
        service.send(place, firm_name=SECRET)
    with writing(service.engine) as session:
        person = insert_officer(session, "440500", "xiehui", "协会测试账号", service.play.now)
        person.kind = ASSOCIATION
        session.add(person)
    client = service.browser(person)
    page = client.get(service.own).text
    assert "3家企业" in page and SECRET not in page and "推迟一年" not in page
    fields = FIRM | {"firm_name": "汕头测试协会"}
    assert post(client, service.own, f"{service.own}/add", **fields) == 303
    assert post(client, service.own, f"{service.own}/add", affected="no") == 422
    comment = service.comments()[0].public_id
    assert post(client, service.own, f"{service.own}/screen", comment=comment, usable="yes") == 404
    assert [c.firm_name for c in service.comments() if c.officer_id] == ["汕头测试协会"]


def test_a_county_screens_its_own_and_a_strangers_try_finds_nothing(service: Service) -> None:
    service.send()
    (comment,) = service.comments()
    fields = {"comment": comment.public_id, "usable": "yes"}
    cast = service.play.cast
    assert post(service.browser(cast.stranger), service.own, f"{service.own}/screen", **fields) == 404
    county = service.browser(cast.county)
    assert (
        post(county, service.own, f"{service.own}/screen", **(fields | {"usable": "no"})) == 422
    )  # a reason is missing
    assert post(county, service.own, f"{service.own}/screen", **(fields | {"comment": "0" * 32})) == 404
    assert post(county, service.own, f"{service.own}/screen", **fields) == 303
    assert service.comments()[0].screened == "usable"
    assert service.send(harm="另一种说法") == 409


def test_the_whole_way_from_the_firm_to_the_final_rule(service: Service) -> None:
    for place in range(3):
        service.send(place, firm_name=f"澄海第{place}测试企业", may_be_named="1" if place == 0 else "")
    cast = service.play.cast
    county, city, province = (service.browser(o) for o in (cast.county, cast.city, cast.province))
    assert "待筛选 3 件" in county.get("/comments").text
    assert post(county, service.own, f"{service.own}/opinion", text="三家企业意见一致。") == 303
    assert post(city, service.own, f"{service.own}/data", export_value="35,000", firms="41", cases="退运两起") == 303
    assert post(city, service.own, f"{service.own}/data", export_value="x") == 422
    assert post(city, service.own, f"{service.own}/compile") == 403
    answer = province.post(f"{service.own}/compile", data={"form_token": form_token_of(province.get(service.own).text)})
    paper = answer.headers["location"]
    assert county.get(paper).status_code == 403
    page = province.get(paper).text
    chosen = re.findall(r'name="chosen" value="([0-9a-f]{32})" checked', page)
    assert len(chosen) == 3 and "未经县级筛选" in page
    assert post(province, paper, f"{paper}/move", deed="submit") == 422
    texts = {
        "title": "关于提出评议意见的函",
        "number": "粤市监函〔2026〕1号",
        "dated_on": "2026-07-20",
        "route": "公文交换",
    }
    assert post(province, paper, f"{paper}/edit", chosen=chosen, **texts) == 303
    assert post(province, paper, f"{paper}/edit", **(texts | {"dated_on": "明天"})) == 422
    written = "\n".join(p.text for p in docx.Document(io.BytesIO(province.get(f"{paper}/docx").content)).paragraphs)
    assert "三家企业意见一致。" in written and "澄海第0测试企业" in written and "澄海第1测试企业" not in written
    assert (
        province.get(f"{paper}/pdf").content.startswith(b"%PDF-") and province.get(f"{paper}/scan").status_code == 404
    )
    assert service.audits("comment_document.export") == 2
    token = form_token_of(province.get(paper).text)
    for content, status in ((b"MZ program", 422), (PDF, 303)):
        files = {"scan": ("盖章.pdf", content, "application/pdf")}
        assert province.post(f"{paper}/seal", data={"form_token": token}, files=files).status_code == status
    assert province.get(f"{paper}/scan").content == PDF
    assert post(province, paper, f"{paper}/move", deed="submit") == 303
    assert post(province, paper, f"{paper}/move", deed="answer") == 422
    assert post(province, paper, f"{paper}/move", deed="answer", note="部分采纳") == 303
    assert post(province, paper, f"{paper}/move", deed="final", note="已公布") == 303
    assert post(province, paper, f"{paper}/move", deed="submit") == 409
    for place in range(3):
        assert len(service.play.letters(place)) == 5
    assert "部分采纳" in service.browser().get(service.link(1)).text
    assert "还没有" not in county.get("/comments").text


def test_a_scan_of_ten_megabytes_comes_through_and_a_larger_one_does_not(service: Service) -> None:
    service.send()
    province = service.browser(service.play.cast.province)
    token = form_token_of(province.get(service.own).text)
    paper = province.post(f"{service.own}/compile", data={"form_token": token}).headers["location"]
    whole = PDF + bytes(10 * 1024 * 1024 - len(PDF))
    for content, statuses in ((whole + b"0", {413, 422}), (whole + bytes(1 << 20), {413}), (whole, {303})):
        answer = province.post(
            f"{paper}/seal", data={"form_token": token}, files={"scan": ("s.pdf", content, "application/pdf")}
        )
        assert answer.status_code in statuses
    with reading(service.engine) as session:
        (scan,) = session.exec(select(CommentScan)).all()
        assert len(scan.content) == len(whole) and len(scan.sha256) == 64


def test_candidates_for_trade_concerns_stand_by_their_meeting_with_the_days_left(service: Service) -> None:
    city, stranger = service.browser(service.play.cast.city), service.browser(service.play.cast.stranger)
    assert post(city, service.own, f"{service.own}/concern", reason=" ") == 422
    assert post(city, service.own, f"{service.own}/concern", reason="测试方法没有国际标准依据") == 303
    page = city.get("/trade-concerns").text
    assert "测试方法没有国际标准依据" in page and "2026年11月10日" in page and "待确认" in page and "还剩" in page
    assert "测试方法" not in stranger.get("/trade-concerns").text
    found = re.search(r'action="(/trade-concerns/[0-9a-f]{32})"', page)
    assert found
    assert post(stranger, service.own, found[1]) == 404
    assert post(city, service.own, found[1]) == 303
    assert "测试方法" not in city.get("/trade-concerns").text


def test_the_public_page_says_how_to_comment(service: Service) -> None:
    page = service.browser().get(f"/warnings/{service.play.warning}").text
    assert "如何提意见" in page and "7月10日" in page and service.own not in page
