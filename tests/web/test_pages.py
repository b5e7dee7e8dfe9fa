"""What the public pages say: names, dates, evidence, threads, and nothing that a source could smuggle in."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select
from starlette.testclient import TestClient

from settings import Settings
from store.clock import fixed_clock
from store.engine import make_engine, writing
from store.notice import Notice, NoticeVersion
from tests.rows import follow, insert_notice
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene
from web.app import create_app
from web.reading.notices import PAGE_SIZE


def test_the_front_page_says_what_this_is(browser: Browser, scene: Scene) -> None:
    page = browser().get("/").text
    for said in (
        "企业如何收到预警",
        "020-00000000",
        f"/warnings/{scene.warning}",
        f"/notices/{scene.notice}",
        "不属于突发事件预警级别",
    ):
        assert said in page, said
    assert scene.hidden_warning not in page


def test_the_page_of_a_digest_shows_all_and_names_no_reader(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/digests/{scene.digest}").text
    for said in ("信息摘要", "未经研判", "还剩57天", f"/notices/{scene.notice}", "Safety requirements for toys"):
        assert said in page, said
    assert scene.hidden_warning not in page and "exporter.example" not in page


def test_a_notice_tells_everything(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/notices/{scene.notice}").text
    for said in (
        "G/TBT/N/USA/2101",
        "美国",
        "常规通报",
        "2026年7月30日",
        "还剩57天",
        "30 July 2026",
        "9503.00",
        "玩具",
        "公告列出 HS 9503.00",
        "标题中出现“toys”",
        "照明",
        "待人工研判",
        "正在由主管部门研判",
        "https://docs.example/G/TBT/N/USA/2101.pdf",
    ):
        assert said in page, said


def test_a_thread_is_shown_with_its_reasons(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        first = session.exec(select(Notice).where(Notice.public_id == scene.notice)).one()
        later = follow(session, now, first, "Add.1", "deadline_changed", title="Extension of time")
    page = browser().get(f"/notices/{later.public_id}").text
    assert "评议截止日期变更" in page and f'href="/notices/{scene.notice}"' in page and "本条" in page


def test_a_new_version_shows_what_changed(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == scene.notice)).one()
        notice.number = 2
        session.add(
            NoticeVersion(
                notice_id=notice.id or 0,
                number=2,
                content_hash="2",
                source="wto_tbt_notifications",
                created_at=now,
                difference={"comment_deadline": ["2026-07-30", "2026-08-31"]},
            )
        )
    page = browser().get(f"/notices/{scene.notice}").text
    assert "2026年7月30日" in page and "2026年8月31日" in page and "世贸组织 TBT 通报" in page


def test_a_merged_notice_leads_to_the_one_it_went_into(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        kept = session.exec(select(Notice).where(Notice.public_id == scene.notice)).one()
        merged = insert_notice(session, now, "G/TBT/N/USA/2102", merged_into_id=kept.id)
    assert "G/TBT/N/USA/2101" in browser().get(f"/notices/{merged.public_id}").text
    assert merged.public_id not in browser().get("/notices").text


def test_chinese_taipei_is_named_so_among_wto_members(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/warnings/{scene.warning}").text
    assert "中国台北" in page and "中国台湾" not in page


def test_a_warning_says_what_to_do_and_why_the_colour(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/warnings/{scene.warning}").text
    for said in (
        "黄色预警",
        "重点行业、主要市场的措施草案",
        "研判后发布",
        "企业可以这样做",
        "目前还是草案",
        "本级别由本系统按公开规则评定，不属于突发事件预警级别",
        "Toy labelling",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=light-emitting", {"notice"}),
        ("q=TOYS+light", {"notice"}),
        ("q=USA%2F2101", {"notice"}),
        ("q=no-such-thing", set()),
        ("q=%25", set()),
        ("q=_", set()),
        ("market=JPN", {"history"}),
        ("market=XXX", set()),
        ("industry=lighting-led", {"notice", "history"}),
        ("industry=ceramics-daily", set()),
        ("domain=SPS", set()),
        ("kind=recall", set()),
        ("industry=lighting-led&market=USA", {"notice"}),
        ("page=2", set()),
    ],
)
def test_the_list_is_searched_and_narrowed(query: str, found: set[str], browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/notices?{query}").text
    assert {name for name in ("notice", "history") if getattr(scene, name) in page} == found


def test_a_chinese_word_is_found_and_kept_in_the_links_of_the_pages(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        for number in range(PAGE_SIZE + 2):
            insert_notice(session, now, f"G/TBT/N/KEN/{number}", issuer="KEN", title="充电、池塘", description="锂电池")
        pond = insert_notice(session, now, "G/TBT/N/KEN/900", issuer="KEN", title="充电、池塘").public_id
    first = browser().get("/notices", params={"q": "锂电池 充电", "market": "KEN"}).text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser().get("/notices" + following).text
    assert 'value="锂电池 充电"' in first and 'value="锂电池 充电"' in second
    assert [page.count('<a href="/notices/') for page in (first, second)] == [PAGE_SIZE, 2]
    assert pond not in first + second and 'rel="next"' not in second
    assert 'name="q" type="search"' in first and "搜索公告" in first


@pytest.mark.parametrize(
    "words", ["拖拉机", "<b>&", '"', "' OR 1=1 --", "电池*", "\x00电池", "%", "NEAR(", "电 AND 池", "𠮷"]
)
def test_what_is_not_found_is_said_plainly(words: str, browser: Browser, scene: Scene) -> None:
    answer = browser().get("/notices", params={"q": words, "market": "USA"})
    assert answer.status_code == 200
    assert "没有找到含有" in answer.text and scene.notice not in answer.text and "<b>&" not in answer.text


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "x", "", "٣", "1" * 40])
def test_a_page_number_that_is_none_is_the_first(page: str, browser: Browser, scene: Scene) -> None:
    for path, first in (("/notices", scene.notice), ("/warnings", scene.warning)):
        answer = browser().get(path, params={"page": page})
        assert answer.status_code == 200 and f"{path}/{first}" in answer.text


def test_paging_walks_through_all_notices_once(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        for number in range(PAGE_SIZE + 3):
            insert_notice(session, now, f"G/TBT/N/KEN/{number}", issuer="KEN", published_on=date(2026, 5, 1))
    client, seen = browser(), []
    address = "/notices?market=KEN"
    while address:
        page = client.get(address).text
        seen += [part.split('"')[0] for part in page.split('<a href="/notices/')[1:]]
        address = (
            "/notices" + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    assert len(seen) == len(set(seen)) == PAGE_SIZE + 3


def test_what_a_source_writes_is_shown_as_text(browser: Browser, loaded: Engine, scene: Scene, now: datetime) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    links = [{"rel": "original", "lang": "", "url": "javascript:alert(1)"}]
    with writing(loaded) as session:
        notice = insert_notice(
            session,
            now,
            "G/TBT/N/KEN/9",
            title=nasty,
            products=nasty,
            description=nasty,
            keywords=[nasty],
            comment_deadline_text=nasty,
            comment_deadline=None,
            links=links,
        )
    for path in (f"/notices/{notice.public_id}", "/notices", "/"):
        page = browser().get(path).text
        assert "<script" not in page and "<img" not in page and "javascript:" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("2026-07-30T00:00:00Z", False),
        ("2026-07-30", False),
        ("60 days from notification", True),
        ("2026-08-01", True),
    ],
)
def test_the_original_words_of_a_date_are_shown_where_they_say_more(
    printed: str, shown: bool, browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        notice = insert_notice(session, now, "G/TBT/N/KEN/7", comment_deadline_text=printed)
    assert (f"原文：{printed}" in browser().get(f"/notices/{notice.public_id}").text) is shown


def test_the_industries_are_all_there_with_their_counts(browser: Browser, scene: Scene) -> None:
    page = browser().get("/industries").text
    assert page.count("/notices?industry=") == 116
    assert "（2）" in page.split("industry=toys")[1][:80]


def test_operations_tell_what_waits_and_what_went_wrong(browser: Browser, scene: Scene, loaded: Engine) -> None:
    with writing(loaded) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == scene.history)).one()
        notice.parked_at, notice.last_error = notice.first_seen_at, "UnreadableDate: 31 February"
        session.add(notice)
    page = browser("guangdong").get("/operations").text
    assert "UnreadableDate: 31 February" in page and "the deadline &#39;soon&#39; is no date" in page


def test_the_province_releases_history_once(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser("guangdong")
    page = client.get("/still-open").text
    assert scene.history in page and scene.notice not in page
    form = {"form_token": form_token_of(page)}
    assert [client.post(f"/still-open/{scene.history}", data=form).status_code for _ in range(2)] == [303, 409]
    with writing(loaded) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == scene.history)).one()
        assert (notice.admitted, notice.admitted_reason, notice.raised_at) == ("news", "released", None)


def test_a_mail_reads_as_its_reader_sees_it_but_its_link_stays_his(
    browser: Browser, demo_app: FastAPI, scene: Scene
) -> None:
    live, demo = browser("guangdong"), browser("chenghai", of=demo_app)
    assert "toys@exporter.example" in live.get("/outbox").text
    page = live.get(f"/outbox/{scene.email}").text
    assert "玩具标签要求" in page and "已留存" in page
    framed = live.get(f"/outbox/{scene.email}/html")
    assert framed.headers["content-security-policy"].startswith("sandbox ")
    assert "token=" not in framed.text and "token=" in demo.get(f"/outbox/{scene.email}/html").text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/notices/none", "/desk", "/unsubscribe/x"])
def test_the_demo_says_so_on_every_page(path: str, browser: Browser, demo_app: FastAPI) -> None:
    page = browser(of=demo_app).get(path)
    assert page.status_code == 303 or "<strong>演示</strong>" in page.text
    live = browser().get(path)
    assert "演示" not in live.text


def test_an_empty_service_has_pages_too(store: Engine, tmp_path: Path, now: datetime) -> None:
    client = TestClient(create_app(Settings(var=tmp_path), store, fixed_clock(now)))
    for path in ("/", "/notices", "/warnings", "/industries", "/sources", "/accuracy", "/sign-in"):
        assert client.get(path).status_code == 200


def test_a_fault_of_ours_is_told_without_a_traceback(tmp_path: Path, now: datetime) -> None:
    nothing = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")  # a store without tables
    client = TestClient(create_app(Settings(var=tmp_path), nothing, fixed_clock(now)), raise_server_exceptions=False)
    answer = client.get("/notices")
    assert answer.status_code == 500 and "系统出错" in answer.text
    assert "Traceback" not in answer.text and "sqlite" not in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    nothing.dispose()
