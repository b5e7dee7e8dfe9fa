"""The page of sources: how each is, since when, why, and what is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from store.crawl import SourceState
from store.display_names import issuer_name
from store.engine import writing
from store.notice import Notice
from tests.web.conftest import Browser
from tests.web.scene import Scene


def test_sources_say_how_they_are(browser: Browser, scene: Scene) -> None:
    page = browser().get("/sources").text
    assert "世贸组织 TBT 通报" in page and "正常" in page and "缺少密钥" in page and "no key is set" not in page


def test_a_failing_and_a_late_source_are_seen_with_the_reason_and_since_when(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        states = {state.source: state for state in session.exec(select(SourceState))}
        failing, late = states["wto_sps_notifications"], states["wto_tbt_notifications"]
        failing.status, failing.error_kind = "failing", "HtmlInstead"
        failing.failing_since, failing.reason = now - timedelta(hours=3), "an HTML page came instead of JSON"
        late.last_success_at = now - timedelta(hours=3)
        session.add_all([failing, late])
    page = browser().get("/sources").text
    assert "返回的是网页而不是数据" in page and "6月3日 06:00" in page and "HTML page came" not in page
    assert "未按时采集" in page and "本应在" in page and "下次" in page
    assert "an HTML page came instead of JSON" in browser("guangdong").get("/sources").text


def test_what_needs_somebody_stands_first(browser: Browser, scene: Scene, loaded: Engine) -> None:
    page = browser().get("/sources").text
    assert page.index("世贸组织 SPS 通报") < page.index("世贸组织 TBT 通报")  # no key, so before the other


def test_bodies_of_the_world_and_guangdong_have_names() -> None:
    assert issuer_name("ISO") == "国际标准化组织（ISO）" and issuer_name("CN-GD") == "中国广东"
    assert (issuer_name("TPKM"), issuer_name("TPKM", "wto")) == ("中国台湾", "中国台北")
    assert issuer_name("XYZ") == "XYZ"


def test_a_notice_says_where_it_comes_from_as_the_licence_asks(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/notices/{scene.notice}").text
    assert "来源：世贸组织 TBT 通报。WTO ePing" in page


def test_a_recall_has_no_dates_to_comment_by(browser: Browser, scene: Scene, loaded: Engine) -> None:
    with writing(loaded) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == scene.notice)).one()
        notice.kind, notice.comment_deadline, notice.adoption_on, notice.force_on = "recall", None, None, None
        session.add(notice)
    page = browser().get(f"/notices/{scene.notice}").text
    assert "发布日期" in page and "评议截止日期" not in page and "拟生效日期" not in page
