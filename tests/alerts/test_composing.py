"""Composing: one body a version, one row a recipient, twins in text and HTML, and no value that can break out."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from sqlalchemy import Engine, delete, update
from sqlmodel import col, select

from alerts.collecting import MAIL_KINDS
from alerts.composing import KINDS, compose_pending
from alerts.digesting import KIND as DIGEST_KIND
from alerts.enrolling import enrol
from alerts.escalation import escalate_overdue
from alerts.matching import match_pending
from alerts.message import Sender, letter_of
from alerts.operator_mails import KIND as OPERATOR_KIND
from alerts.places import filled
from alerts.raising import raise_pending
from alerts.reminder_words import KIND as REMINDER_KIND
from alerts.reviewing import accept
from settings import TEMPLATES, Settings
from store.email import Email, MailBody
from store.engine import reading, writing
from store.notice import Notice
from store.review import Review
from store.warning import WarningVersion
from tests.alerts.mailed import mails, parsed, part, run_to_mails, settings_at, text_of
from tests.cast import CHENGHAI, Cast, bureau_at, insert_cast
from tests.rows import Suggested, follow, insert_notice

TOY: Suggested = [("toys", "accepted")]
SYMBOL = "G/TBT/N/EU/1234"
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@evil.example\r\n\u202egnp\u2028\ue000reason\ue001 \"'&"
SENDER = Sender("warn@service.example", "预警", "service.example", "https://warn.example", b"secret")


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def put(engine: Engine, now: datetime, suggested: Suggested = TOY, **fields: Any) -> Notice:
    values: dict[str, Any] = {
        "issuer": "EU",
        "title": "Draft Regulation on toy safety",
        "description": "Limits for phthalates",
        "links": [{"rel": "notification", "lang": "en", "url": "https://docs.example/n.pdf"}],
    }
    with writing(engine) as session:
        return insert_notice(session, now, SYMBOL, suggested, **(values | fields))


def words_of(body: MailBody, fields: dict[str, str]) -> str:
    """The words of the HTML, without tags."""
    page = lxml_html.fromstring(filled(body.html, fields, as_html=True))
    for style in page.iter("style", "title"):
        style.drop_tree()
    return "".join(page.text_content().split())


def test_a_mail_explains_itself(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    put(loaded, now)
    run_to_mails(loaded, now, settings)
    [(address, found, body)] = mails(loaded)
    text = text_of(found, body)
    assert address == "toys@exporter.example"
    assert body.subject == "【演示】【黄色预警】欧盟玩具 7月10日前可提意见（新规草案）"
    for said in (
        "演示邮件",
        "欧盟向世界贸易组织（WTO）通报了一项新规草案，涉及玩具。",
        "内容提到：玩具安全、邻苯二甲酸酯",
        "行业：玩具\n",
        "海关编码（HS）：9503 玩具、童车、拼图\n",
        "提意见（评议）截止：2026年7月30日（还剩57天）\n",
        "企业交意见的最后一天（要留时间汇总、翻译）：2026年7月10日（还剩37天）\n",
        "最迟7月10日交来",
        "附件 dates.ics 里有以上日期",
        "您订阅了行业“玩具”；目标市场不限。\n",
        "原标题（英文）：Draft Regulation on toy safety\n",
        f"通报编号：{SYMBOL}\n",
        "通报（英文）：https://docs.example/n.pdf\n",
        "https://warn.example/warnings/",
        "汕头市澄海区市场监督管理局\n2026年6月3日\n",
        "本级别由本系统按公开规则评定，不属于突发事件预警级别。",
        "https://warn.example/out\n",
    ):
        assert said in text, said
    assert "国外" not in text
    assert "的建议" not in text  # nobody gave any


def test_both_twins_say_the_same(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    put(loaded, now)
    run_to_mails(loaded, now, settings)
    [(_, found, body)] = mails(loaded)
    fields = {
        **found.fields,
        "advice": "带样品来所里",
        "advice_by": "澄海区市场监管局",
        "unsubscribe": "https://u.example",
    }
    page = words_of(body, fields)
    lines = filled(body.text, fields).splitlines()
    missing = [line for line in lines if (words := plain_words(line)) and words not in page]
    assert missing == [
        "预警级别：黄色　系统自动发布",  # a coloured badge there
        "填写评议意见：",  # a button there
        "通报（英文）：https://docs.example/n.pdf",  # links there
        *[line for line in lines if line.startswith("网页版（可转发）：")],
        "不想再收到？打开下面的链接，按页面上的按钮退订：",
        "https://u.example",
    ]


def plain_words(line: str) -> str:
    """A line of the text without its ornaments."""
    return re.sub(r"^(■|\d\.|--)", "", "".join(line.split()))


def test_composing_again_adds_nothing(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    with writing(loaded) as session:
        for number in range(3):
            enrol(session, now, email=f"more{number}@exporter.example", industries=["toys"])
    put(loaded, now)
    assert run_to_mails(loaded, now, settings) == (1, 1)
    with writing(loaded) as session:  # as if the stamp had been lost
        version = session.exec(select(WarningVersion)).one()
        version.composed_at = None
        session.add(version)
    assert compose_pending(loaded, now, settings) == 1
    with reading(loaded) as session:
        assert len(session.exec(select(Email)).all()) == 4
        assert len(session.exec(select(MailBody)).all()) == 1
    assert compose_pending(loaded, now, settings) == 0


def test_advice_reaches_the_firms_of_that_desk_alone(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="guangzhou@exporter.example", industries=["toys"], jurisdiction="440106")
    put(loaded, now, [("toys", "flagged")])
    run_to_mails(loaded, now, settings)
    with writing(loaded) as session:
        own = select(Review).where(Review.bureau_id == bureau_at(session, CHENGHAI).id)
        accept(session, session.exec(own).one(), cast.county, now, advice="请带上样品，\n到所里免费初检。")
    run_to_mails(loaded, now, settings)
    texts = {address: text_of(found, body) for address, found, body in mails(loaded)}
    assert "■ 澄海区市场监管局的建议\n请带上样品， 到所里免费初检。\n" in texts["toys@exporter.example"]
    assert "澄海区市场监管局签发" in texts["toys@exporter.example"]
    assert "的建议" not in texts["guangzhou@exporter.example"]


def test_what_nobody_reviewed_says_so_and_a_live_mail_is_no_demonstration(
    loaded: Engine, now: datetime, cast: Cast, tmp_path: Path
) -> None:
    put(loaded, now, [("toys", "flagged")])
    settings = settings_at(tmp_path, profile="live")
    run_to_mails(loaded, now, settings)
    later = now
    for _ in range(4):  # county, city, province, out
        later += timedelta(days=20)
        escalate_overdue(loaded, later)
    run_to_mails(loaded, later, settings)
    [(_, found, body)] = mails(loaded)
    assert "机器初判，未经研判" in text_of(found, body)
    assert "演示" not in body.subject + body.text + body.html


def test_an_update_says_what_changed_and_stands_in_the_thread_of_the_first(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    first = put(loaded, now)
    run_to_mails(loaded, now, settings)
    later = now + timedelta(days=2)
    with writing(loaded) as session:
        follow(
            session, later, first, "Add.1", "deadline_changed", TOY, issuer="EU",
            comment_deadline=date(2026, 8, 31), comment_deadline_text="31 August 2026",
        )  # fmt: skip
    run_to_mails(loaded, later, settings)
    with writing(loaded) as session:
        follow(session, later, first, "Add.2", "withdrawn", TOY, issuer="EU")
    run_to_mails(loaded, later, settings)
    issue, update, cancel = (found for _, found, _ in mails(loaded))
    subjects = [body.subject for _, _, body in mails(loaded)]
    assert subjects[1:] == [
        "【演示】【更新】欧盟玩具 改为8月11日前提意见（新规草案，黄色预警）",
        "【演示】【预警撤销】欧盟玩具 措施已撤回（新规）",
    ]
    assert "references" not in issue.fields
    assert update.fields["references"] == issue.public_id
    assert cancel.fields["references"] == f"{issue.public_id} {update.public_id}"
    text = text_of(update, mails(loaded)[1][2])
    assert "2026年6月3日发出的这份预警有更新：\n提意见（评议）截止：2026年7月30日，改为2026年8月31日\n" in text
    assert "还剩87天" in text
    ending = text_of(cancel, mails(loaded)[2][2])
    assert "现在撤销：发布方已撤回这项措施。" in ending and "这些日期会标为“已撤销”" in ending
    assert "填写评议意见" in text and "填写评议意见" not in ending


def test_hostile_facts_and_fields_are_only_words(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    put(loaded, now, title=HOSTILE, products=HOSTILE, description=HOSTILE,
        comment_deadline_text=HOSTILE, adoption_text=HOSTILE, force_text=HOSTILE,
        links=[{"rel": "document", "lang": "en", "url": "https://x.example/" + HOSTILE}])  # fmt: skip
    run_to_mails(loaded, now, settings)
    with reading(loaded) as session:
        body = session.exec(select(MailBody)).one()
        found = session.exec(select(Email)).one()
    fields = dict.fromkeys((*found.fields, "advice", "advice_by", "phone"), HOSTILE)
    message = parsed(letter_of(SENDER, body.subject, body.text, body.html).to("a@b.cn", "f" * 32, fields, now))
    assert [name for name, _ in message.items() if name.lower() in ("bcc", "subject", "to")] == ["To", "Subject"]
    page = part(message, "html")
    assert "<script" not in page
    assert not set("\u202e\u2028\ue000\ue001\ue002") & set(part(message, "plain") + page + str(message["Subject"]))
    tree = lxml_html.fromstring(page)
    assert {link.get("href", "").split("/")[2] for link in tree.iter("a")} == {"warn.example"}
    assert [element.tag for element in tree.iter("img", "link", "script", "iframe", "object", "form")] == []


def test_a_mail_loads_nothing_and_stays_small(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    long = "Toys, games and sports requisites; " * 200
    codes = [f"{number}" for number in range(950300, 950500)]
    put(loaded, now, title=long, products=long, description=long, hs=codes)
    run_to_mails(loaded, now, settings)
    [(_, found, body)] = mails(loaded)
    letter = letter_of(SENDER, body.subject, body.text, body.html, body.calendar)
    raw = letter.to("a@b.cn", found.public_id, found.fields, now)
    assert len(raw) < 100_000
    assert not re.search(r"\bsrc=|@import|url\(", body.html)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 130
    assert raw.isascii()
    assert "另有192个编码，见原文" in body.text


def test_every_kind_of_mail_has_its_three_templates_and_every_template_its_kind() -> None:
    names = {path.name for path in (TEMPLATES / "email").iterdir()}
    own = {
        f"{kind}{form}"
        for kind in (*KINDS.values(), *MAIL_KINDS.values(), OPERATOR_KIND, DIGEST_KIND, REMINDER_KIND)
        for form in ("_subject.txt", ".txt", ".html")
    }
    pieces = ("layout", "facts", "note", "warnings", "foot", "buttons")
    shared = {f"{name}{form}" for name in pieces for form in (".txt", ".html")}
    assert names == own | shared | {"styles.html", "head.html"}


def test_one_version_that_cannot_be_composed_does_not_hold_up_the_others(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    put(loaded, now)
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1", TOY)
    raise_pending(loaded, now)
    match_pending(loaded, now)
    with writing(loaded) as session:
        broken = session.exec(select(WarningVersion).order_by(col(WarningVersion.id))).first()
        assert broken is not None
        broken.facts = {**broken.facts, "force_on": "soon"}
        session.add(broken)
    assert compose_pending(loaded, now, settings) == 2
    assert len(mails(loaded)) == 1
    with reading(loaded) as session:
        kept = session.get_one(WarningVersion, broken.id)
        assert kept.composed_at is None
        assert kept.last_error == "ValueError: Invalid isoformat string: 'soon'"


def test_written_in_several_goes_and_taken_up_where_it_was_cut_every_mail_stands_once(
    loaded: Engine, now: datetime, tmp_path: Path
) -> None:
    settings = settings_at(tmp_path)
    names = [f"firm{number}@firm.example" for number in range(5)]
    with writing(loaded) as session:
        for name in names:
            enrol(session, now, email=name, industries=["toys"])
        insert_notice(session, now, "G/TBT/N/USA/1234", [("toys", "accepted")])
    while raise_pending(loaded, now) or match_pending(loaded, now):
        pass
    assert compose_pending(loaded, now, settings, first=2) == 1
    assert sorted(address for address, _, _ in mails(loaded)) == names
    kept = [mail.public_id for _, mail, _ in mails(loaded)][:2]
    with writing(loaded) as session:  # as a process leaves it that is killed behind the first two
        session.execute(delete(Email).where(col(Email.public_id).not_in(kept)))
        session.execute(update(WarningVersion).values(composed_at=None))
    assert compose_pending(loaded, now, settings, first=2) == 1
    assert sorted(address for address, _, _ in mails(loaded)) == names
    assert [mail.public_id for _, mail, _ in mails(loaded)][:2] == kept
