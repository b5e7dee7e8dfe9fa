"""Every kind of mail as the real stages make it, as bytes: what goldens, validator and screenshots look at."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from alerts.comment_matter import matter_of
from alerts.comment_words import words_of
from alerts.commenting import receive
from alerts.inviting import invite
from alerts.message import letter_of, sender_of, single_message
from alerts.officer_mails import rendered_of
from alerts.operator_mails import tell_operators
from alerts.reminders import write_reminders
from alerts.rendering import Rendered
from alerts.reviewing import accept
from alerts.watching import write_still_watching
from settings import Settings
from store.crawl import SourceState
from store.engine import make_engine, reading, writing
from store.machine_text import SUMMARY, TITLE, MachineText
from store.notice import Notice
from store.officer_mail import OfficerMail
from store.operator_mail import OperatorMail
from store.review import Review
from store.warning import TradeWarning
from tests.alerts.gathered import at, pass_time
from tests.alerts.mailed import mails, run_to_mails, settings_at
from tests.cast import CHENGHAI, Cast, bureau_at, insert_cast
from tests.rows import follow, insert_notice

KINDS = (
    "warning_issue", "warning_update", "warning_cancel", "comment_received", "warnings_daily", "warnings_shared",
    "digest", "reminder", "still_watching", "invitation", "sources_changed",
)  # fmt: skip
SURE, UNSURE = [("toys", "accepted")], [("toys", "flagged")]
MOVED = {"comment_deadline": date(2026, 8, 31), "comment_deadline_text": "31 August 2026"}
ADOPTED = {"thread_reason": "adopted", "force_on": date(2027, 6, 1)}  # orange: it goes at once


def every_mail(engine: Engine, folder: Path, now: datetime, *, words: str = "") -> dict[str, bytes]:
    """kind -> the message, for each of KINDS. `engine` is a SQLite store with the reference data, not used before.

    `words`: stand in every field that others write (titles, products, advice, names ...).
    """
    path = Path(str(engine.url.database))
    engine.dispose()
    found: dict[str, bytes] = {}
    for scene in (_single, _daily, _shared, _digest, _reminded, _watched, _officers):
        copy = folder / f"{scene.__name__}.sqlite"
        shutil.copyfile(path, copy)
        store = make_engine(f"sqlite:///{copy}")
        found |= scene(Stage(store, folder, now, words))
        store.dispose()
    return found


class Stage:
    """A store with the cast in it, and how its notices and mails are put and taken."""

    def __init__(self, engine: Engine, folder: Path, now: datetime, words: str) -> None:
        self.engine, self.folder, self.now, self.words = engine, folder, now, words
        with writing(engine) as session:
            self.cast: Cast = insert_cast(session, now)
            bureau = bureau_at(session, CHENGHAI)
            bureau.duty_phone, bureau.reply_address = "0754-00000000", "chenghai@bureau.example"
            session.add(bureau)

    def settings(self, **more: Any) -> Settings:
        return settings_at(
            self.folder, profile="live", smtp_from="warn@service.example", organiser="广东省测试主办单位",
            icp="粤ICP备00000000号", public_security_record="粤公网安备 00000000000000号", site_code="4400000000",
            **more,
        )  # fmt: skip

    def put(self, number: int, suggested: Any = SURE, when: datetime | None = None, **fields: Any) -> Notice:
        said = {
            "title": "Draft Regulation on the safety of toys: limits for phthalates in soft plastic",
            "description": "Limits of 0.1% for phthalates in toys for children under 14 years",
            "products": "Toys of soft plastic (HS 9503)",
            "objectives": ["Protection of human health or safety"],
            "links": [{"rel": "notification", "lang": "en", "url": "https://docs.example/notice.pdf"}],
        } | (dict.fromkeys(("title", "description", "products"), self.words) if self.words else {})
        with writing(self.engine) as session:
            return insert_notice(
                session, when or self.now, f"G/TBT/N/EU/{number}", suggested,
                **({"issuer": "EU", "content_hash": str(number)} | said | fields),
            )  # fmt: skip

    def letters(self, settings: Settings, *kinds: str) -> dict[str, bytes]:
        """kind -> the first mail of it."""
        sender, found = sender_of(settings), {}
        for address, mail, body in reversed(mails(self.engine)):
            if mail.kind in kinds:
                letter = letter_of(sender, body.subject, body.text, body.html, body.calendar)
                found[mail.kind] = letter.to(address, mail.public_id, mail.fields, self.now)
        return found


def _single(stage: Stage) -> dict[str, bytes]:
    """A warning with advice, its update and cancel, and the letter about a comment on it."""
    settings, later = stage.settings(warning_lanes="at_once"), stage.now + timedelta(days=2)
    first = stage.put(1, UNSURE, force_on=date(2027, 1, 1))
    with writing(stage.engine) as session:
        for kind, text in ((TITLE, "玩具安全法规草案"), (SUMMARY, "草案限制软塑料玩具中的邻苯二甲酸酯。")):
            session.add(
                MachineText(notice_id=first.id or 0, number=1, kind=kind, text=stage.words or text, at=stage.now)
            )
    run_to_mails(stage.engine, stage.now, settings)
    with writing(stage.engine) as session:
        review = select(Review).where(Review.bureau_id == bureau_at(session, CHENGHAI).id)
        advice = stage.words or "请带样品来所里初检，检测费用可以咨询。"
        accept(session, session.exec(review).one(), stage.cast.county, stage.now, advice=advice)
    run_to_mails(stage.engine, stage.now, settings)
    with writing(stage.engine) as session:
        matter = matter_of(session, session.exec(select(TradeWarning)).one())
        assert matter is not None
        said = {"affected": "yes", "harm": stage.words or "成本增加", "firm_name": stage.words[:100] or "甲"}
        receive(session, stage.now, settings, matter, stage.cast.toys, words_of(said, 2026))
    for step, reason, more in (
        ("Add.1", "deadline_changed", MOVED),
        ("Add.2", "withdrawn", {}),
    ):
        with writing(stage.engine) as session:
            follow(session, later, first, step, reason, SURE, issuer="EU", **more)  # type: ignore[arg-type]
        run_to_mails(stage.engine, later, settings)
    return stage.letters(settings, "warning_issue", "warning_update", "warning_cancel", "comment_received")


def _daily(stage: Stage) -> dict[str, bytes]:
    settings = stage.settings(warning_lanes="by_colour")
    for number in (1, 2, 3):
        stage.put(number)
    pass_time(stage.engine, settings, stage.now, at("04"))
    return stage.letters(settings, "warnings_daily")


def _shared(stage: Stage) -> dict[str, bytes]:
    settings = stage.settings(warning_lanes="by_colour")
    for number, minutes in ((1, 0), (2, 5), (3, 10)):
        when = stage.now + timedelta(minutes=minutes)
        stage.put(number, when=when, **ADOPTED)
        pass_time(stage.engine, settings, when)
    pass_time(stage.engine, settings, stage.now + timedelta(minutes=40))
    return stage.letters(settings, "warnings_shared")


def _digest(stage: Stage) -> dict[str, bytes]:
    settings = stage.settings()
    for number, market in ((1, "EU"), (2, "USA"), (3, "USA")):
        stage.put(number, UNSURE, issuer=market)
    pass_time(stage.engine, settings, stage.now, at("08", "08:00"))
    return stage.letters(settings, "digest")


def _reminded(stage: Stage) -> dict[str, bytes]:
    settings = stage.settings(warning_lanes="at_once")
    stage.put(1, force_on=date(2026, 9, 24))
    run_to_mails(stage.engine, stage.now, settings)
    write_reminders(stage.engine, at("26", "08:30"), settings)
    return stage.letters(settings, "reminder")


def _watched(stage: Stage) -> dict[str, bytes]:
    settings = stage.settings()
    write_still_watching(stage.engine, stage.now + timedelta(days=120), settings)
    return stage.letters(settings, "still_watching")


def _officers(stage: Stage) -> dict[str, bytes]:
    """What goes to officers and to those who run the service."""
    settings, name = stage.settings(), stage.words[:60] or "来源甲"
    with writing(stage.engine) as session:
        session.add(
            SourceState(
                source="a", name_zh=name, status="failing", failing_since=stage.now, error_kind="HtmlInstead",
                reason=stage.words or "an HTML page came instead",
            )
        )  # fmt: skip
        invite(
            session, stage.now, by=None, bureau=bureau_at(session, CHENGHAI), sign_in="new", name="测试账号",
            email="new@bureau.example",
        )  # fmt: skip
    tell_operators(stage.engine, stage.now, settings)
    sender = sender_of(settings)
    with reading(stage.engine) as session:
        told, mail = session.exec(select(OperatorMail)).one(), session.exec(select(OfficerMail)).one()
    to_operator = Rendered(told.subject, told.text, told.html)
    to_officer = rendered_of(mail, settings, stage.now)
    return {
        "sources_changed": single_message(sender, "ops@service.example", told.public_id, to_operator, stage.now),
        "invitation": single_message(sender, "new@bureau.example", mail.public_id, to_officer, stage.now),
    }
