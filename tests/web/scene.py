"""What the pages' tests look at: a small network with notices, warnings, reviews and mails as the stages leave them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, col, select

from alerts.facts import facts_of
from alerts.places import place
from store.bureau import Bureau, Officer
from store.classification import Classification, Suggestion
from store.clock import shanghai_day
from store.crawl import CrawlRun, SourceIssue, SourceState
from store.digest import INFORMATION, TOLD, Digest, DigestItem
from store.email import CAPTURED, DeliveryAttempt, Email, MailBody
from store.industry import industry_by_slug
from store.notice import HISTORY, Notice, symbols_of
from store.review import Review
from store.warning import ISSUED, SIGNED_OFF, UNDER_REVIEW, TradeWarning, WarningIndustry, WarningVersion
from tests.cast import Cast, insert_cast
from tests.rows import insert_notice

PASSWORD = "only-for-tests"
TOYS, LIGHTING = "toys", "lighting-led"


@dataclass(frozen=True)
class Scene:
    """Public ids of what stands in the store."""

    cast: Cast
    notice: str  # the toy notice under review
    history: str  # history whose comment period runs on
    review: str  # Chenghai's, open
    foreign_review: str  # Dabu's, open
    warning: str  # a warning that is out
    hidden_warning: str  # one that is still under review
    email: str
    bureau: str  # Chenghai's
    digest: str
    officer: str  # Chenghai's
    short: str  # the number in the short address of the warning that is out
    hidden_short: str


@cache
def password_hash() -> str:
    """One hash for all: each costs 0.2 s."""
    return PasswordHash((Argon2Hasher(),)).hash(PASSWORD)


def build_scene(session: Session, now: datetime) -> Scene:
    """The whole scene, into a store with the reference data loaded."""
    cast = insert_cast(session, now)
    for officer in (cast.county, cast.city, cast.province, cast.stranger):
        officer.password_hash = password_hash()
        session.add(officer)
    notice = insert_notice(
        session,
        now,
        "G/TBT/N/USA/2101",
        [(TOYS, "accepted"), (LIGHTING, "flagged")],
        hs=["950300", "9405"],
        ics=["97.200.50"],
        title="Safety requirements for toys with light-emitting functions",
        products="Toys and children's products containing light-emitting diodes (HS 9503.00, 9405)",
        description="The draft sets limits for blue light and for the accessible temperature of toys. " * 6,
        links=[{"rel": "notification", "lang": "en", "url": "https://docs.example/G/TBT/N/USA/2101.pdf"}],
    )
    _explain(session, notice)
    review = _under_review(session, now, notice, cast.county, [TOYS, LIGHTING], "red", ["doubt", "sign_off"])
    other = insert_notice(
        session,
        now,
        "G/TBT/N/EU/1100",
        [("ceramics-daily", "flagged")],
        issuer="EU",
        title="Ceramic articles in contact with food",
        products="Tableware",
        hs=["6911"],
    )
    foreign = _under_review(session, now, other, cast.stranger, ["ceramics-daily"], "orange", ["doubt"])
    out = insert_notice(session, now, "G/TBT/N/TPKM/510", [(TOYS, "accepted")], issuer="TPKM", title="Toy labelling")
    version = _version(session, now, out, [TOYS], "yellow", ISSUED, basis=SIGNED_OFF, issued_at=now)
    later = insert_notice(
        session,
        now,
        "G/TBT/N/JPN/900",
        [(LIGHTING, "accepted")],
        admitted=HISTORY,
        issuer="JPN",
        title="Energy performance of luminaires",
        comment_deadline=date(2026, 6, 20),
    )
    email = _email(session, now, version, cast)
    _sources(session, now)
    hidden = session.get_one(WarningVersion, review.version_id)
    return Scene(
        cast=cast,
        notice=notice.public_id,
        history=later.public_id,
        review=review.public_id,
        foreign_review=foreign.public_id,
        warning=session.get_one(TradeWarning, version.warning_id).public_id,
        hidden_warning=session.get_one(TradeWarning, hidden.warning_id).public_id,
        email=email.public_id,
        bureau=session.get_one(Bureau, cast.county.bureau_id).public_id,
        digest=_digest(session, now, hidden, email),
        officer=cast.county.public_id,
        short=str(version.warning_id),
        hidden_short=str(hidden.warning_id),
    )


def _explain(session: Session, notice: Notice) -> None:
    """Give the suggestions the evidence a classifier would."""
    evidence: list[dict[str, Any]] = [
        {"voice": "hs", "strength": 0.9, "code": "950300", "heading": "Toys", "prefix": "950300", "rules": ["1"]},
        {
            "voice": "words",
            "strength": 0.6,
            "words": ["toys"],
            "field": "title",
            "snippet": "Safety requirements for toys with light-emitting functions",
            "marks": [[24, 28]],
        },
    ]
    rows = session.exec(
        select(Suggestion)
        .join(Classification, col(Suggestion.classification_id) == Classification.id)
        .where(Classification.notice_id == notice.id)
    )
    for row in rows:
        row.evidence = list(evidence)
        session.add(row)


def _version(
    session: Session, now: datetime, notice: Notice, slugs: list[str], severity: str, state: str, **fields: Any
) -> WarningVersion:
    warning = TradeWarning(thread_id=notice.thread_id, created_at=now)
    session.add(warning)
    session.flush()
    symbols = symbols_of(session, [notice.id or 0])[notice.id or 0]
    version = WarningVersion(
        warning_id=warning.id or 0,
        number=1,
        kind="issue",
        notice_id=notice.id or 0,
        notice_number=1,
        severity=severity,
        severity_reason="重点行业、主要市场的措施草案",
        state=state,
        raised_at=now,
        facts=dict(facts_of([notice], symbols, shanghai_day(now))),
        **fields,
    )
    session.add(version)
    session.flush()
    session.add_all(
        WarningIndustry(
            version_id=version.id or 0,
            industry_id=industry_by_slug(session, slug).id or 0,
            score=score,
            state="accepted" if score > 0.5 else "flagged",
        )
        for slug, score in zip(slugs, (0.9, 0.4), strict=False)
    )
    session.flush()
    return version


def _under_review(
    session: Session, now: datetime, notice: Notice, officer: Officer, slugs: list[str], severity: str, flags: list[str]
) -> Review:
    version = _version(session, now, notice, slugs, severity, UNDER_REVIEW, flags=flags)
    review = Review(
        version_id=version.id or 0,
        bureau_id=officer.bureau_id,
        is_lead=True,
        opened_at=now,
        reasons=["本地有产业集群：玩具"],
        due_at=now + timedelta(hours=4 if severity == "red" else 72),
    )
    session.add(review)
    session.flush()
    return review


def _email(session: Session, now: datetime, version: WarningVersion, cast: Cast) -> Email:
    body = MailBody(
        version_id=version.id or 0,
        kind="warning_issue",
        subject="【黄色预警】玩具｜中国台北｜7月30日截止",
        rendered_at=now,
        text=f"玩具标签要求\n退订：{place('unsubscribe')}\n",
        html=f'<p style="color:#333">玩具标签要求 <a href="{place("unsubscribe")}">退订</a></p>',
    )
    session.add(body)
    session.flush()
    email = Email(
        subscriber_id=cast.toys.id or 0,
        version_id=version.id or 0,
        kind="warning_issue",
        body_id=body.id or 0,
        state=CAPTURED,
        created_at=now,
        settled_at=now,
    )
    session.add(email)
    session.flush()
    session.add(DeliveryAttempt(email_id=email.id or 0, at=now, transport="capture", outcome="captured"))
    return email


def _digest(session: Session, now: datetime, version: WarningVersion, email: Email) -> str:
    """A digest that told of a version under review; its mail stands for any."""
    thread_id = session.get_one(Notice, version.notice_id).thread_id
    digest = Digest(
        subscriber_id=email.subscriber_id, lane=INFORMATION, key="2026-W23", planned_at=now, written_at=now,
        entries=1, email_id=email.id,
    )  # fmt: skip
    session.add(digest)
    session.flush()
    session.add(
        DigestItem(
            subscriber_id=email.subscriber_id, lane=INFORMATION, thread_id=thread_id, version_id=version.id or 0,
            content="0", reason="您订阅了行业“玩具”；目标市场不限。", matched_at=now, due_at=now, settled_at=now,
            outcome=TOLD, digest_id=digest.id,
        )
    )  # fmt: skip
    return digest.public_id


def _sources(session: Session, now: datetime) -> None:
    session.add(SourceState(source="wto_tbt_notifications", status="ok", last_success_at=now, first_crawled_at=now))
    session.add(SourceState(source="wto_sps_notifications", status="needs_key", reason="no key is set"))
    run = CrawlRun(source="wto_tbt_notifications", mode="recent", started_at=now, finished_at=now, status="ok", new=4)
    session.add(run)
    session.flush()
    session.add(
        SourceIssue(
            crawl_run_id=run.id or 0,
            source="wto_tbt_notifications",
            kind="UnreadableDate",
            record="G/TBT/N/XYZ/1",
            message="the deadline 'soon' is no date",
            at=now,
        )
    )


def bureau_name(session: Session, officer: Officer) -> str:
    """The full name of an officer's bureau."""
    return session.get_one(Bureau, officer.bureau_id).name_zh
