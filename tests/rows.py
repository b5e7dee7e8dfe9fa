"""Rows that tests of later stages begin with: notices as the crawlers leave them, classified as the classifier does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from store.classification import Classification, ModelVersion, Suggestion
from store.industry import industry_by_slug
from store.mapping import published_mapping
from store.notice import NEWS, Notice, NoticeSymbol, NoticeThread, NoticeVersion
from store.search_index import reindex_notices

Suggested = Sequence[tuple[str, str]]  # (industry slug, accepted | flagged)
DEADLINE = date(2026, 7, 30)


def insert_notice(
    session: Session,
    now: datetime,
    symbol: str,
    suggested: Suggested | None = (),
    *,
    thread: Notice | None = None,
    admitted: str = NEWS,
    **fields: Any,
) -> Notice:
    """A notification of the USA about toys as a draft with an open comment period, unless `fields` say otherwise.

    `suggested` None leaves it unclassified. `thread` is an earlier notice that this one follows.
    """
    values: dict[str, Any] = {
        "source": "wto_tbt_notifications",
        "kind": "notification",
        "domain": "TBT",
        "issuer": "USA",
        "notification_type": "Regular notification",
        "title": f"Safety of toys ({symbol})",
        "products": "Toys",
        "lang": "en",
        "hs": ["9503"],
        "published_on": date(2026, 6, 1),
        "comment_deadline": DEADLINE,
        "comment_deadline_text": "30 July 2026",
        "content_hash": symbol,
        "first_seen_at": now,
    } | fields
    values.setdefault("members", [values["issuer"]])
    thread_id = thread.thread_id if thread else _new_thread(session)
    notice = Notice(thread_id=thread_id, admitted=admitted, **values)
    session.add(notice)
    session.flush()
    session.add(NoticeSymbol(notice_id=notice.id or 0, symbol=symbol, family="/".join(symbol.split("/")[1:5])))
    session.add(
        NoticeVersion(
            notice_id=notice.id or 0, number=1, content_hash=notice.content_hash, source=notice.source, created_at=now
        )
    )
    session.flush()
    reindex_notices(session, [notice.id or 0])
    if suggested is not None:
        classify(session, notice, suggested, now)
    return notice


def follow(
    session: Session,
    now: datetime,
    first: Notice,
    step: str,
    reason: str | None,
    suggested: Suggested = (),
    **fields: Any,
) -> Notice:
    """A later document of the same thread, e.g. step "Add.1", which repeats nothing that it is not told to."""
    blank: dict[str, Any] = {"products": "", "hs": [], "comment_deadline": None, "comment_deadline_text": ""}
    symbol = session.exec(select(NoticeSymbol.symbol).where(NoticeSymbol.notice_id == first.id)).one()
    return insert_notice(
        session,
        now,
        f"{symbol}/{step}",
        suggested,
        thread=first,
        thread_reason=reason,
        **(blank | {"published_on": date(2026, 6, 2), "notification_type": "Addendum"} | fields),
    )


def change(session: Session, notice: Notice, suggested: Suggested, now: datetime, **fields: Any) -> None:
    """The same notice as its source prints it now: a new version, to be raised again."""
    for name, value in fields.items():
        setattr(notice, name, value)
    notice.number += 1
    notice.raised_at = None
    session.add(notice)
    session.add(
        NoticeVersion(
            notice_id=notice.id or 0,
            number=notice.number,
            content_hash=f"v{notice.number}",
            source=notice.source,
            created_at=now,
        )
    )
    session.flush()
    reindex_notices(session, [notice.id or 0])
    classify(session, notice, suggested, now)


def classify(session: Session, notice: Notice, suggested: Suggested, now: datetime) -> Classification:
    """A live classification of the notice as it is, with these suggestions."""
    version = session.exec(
        select(NoticeVersion).where(NoticeVersion.notice_id == notice.id, NoticeVersion.number == notice.number)
    ).one()
    mapping = published_mapping(session)
    assert mapping is not None, "load the reference data first"
    classification = Classification(
        notice_id=notice.id or 0,
        notice_version_id=version.id or 0,
        mapping_version_id=mapping.id or 0,
        model_version_id=_no_model(session, now),
        created_at=now,
    )
    session.add(classification)
    session.flush()
    session.add_all(
        Suggestion(
            classification_id=classification.id or 0,
            industry_id=industry_by_slug(session, slug).id or 0,
            score=0.9 if state == "accepted" else 0.4,
            state=state,
        )
        for slug, state in suggested
    )
    notice.classified_at = now
    session.add(notice)
    session.flush()
    return classification


def _new_thread(session: Session) -> int:
    thread = NoticeThread()
    session.add(thread)
    session.flush()
    return thread.id or 0


def _no_model(session: Session, now: datetime) -> int:
    model = session.exec(select(ModelVersion).where(ModelVersion.number == 0)).first()
    if model is None:
        model = ModelVersion(number=0, created_at=now)
        session.add(model)
        session.flush()
    return model.id or 0
