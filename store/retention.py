"""What is forgotten after a while: rows that serve the machine, mails' texts, addresses that get no more mail.

Notices, decisions, and the ledger of who was warned of what and why stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from store.bureau import OfficerSession, SignInAttempt, SignInRecord
from store.clock import shanghai_day
from store.crawl import CrawlRun, RawAnswer, SourceIssue
from store.forgetting import forget_addresses, forget_bodies
from store.join import NoticeMark
from store.mail_care import ReadMessage
from store.notice import NoticeVersion
from store.own import OwnVisit
from store.slot import PlannedSlot
from store.subscription_change import forget_changes

SIGN_IN_ATTEMPTS = timedelta(days=7)  # the throttle looks back a quarter of an hour
SIGN_IN_RECORDS = timedelta(days=180)  # what officers look up on their page
OFFICER_SESSIONS = timedelta(days=30)  # after they have expired
RAW_ANSWERS = timedelta(days=400)  # a mended parser can be run over them; a year covers every season of a source
CRAWL_RUNS = timedelta(days=400)
OWN_VISITS = timedelta(days=30)
NOTICE_MARKS = timedelta(days=200)  # twins are looked for within 45 days, among what is at most 120 days old
READ_MESSAGES = timedelta(days=400)  # a box that was never emptied is read again after that
PLANNED_SLOTS = timedelta(days=90)  # done ones; the last of each job must stay, and 90 days are more than any period


def forget_old(session: Session, now: datetime) -> dict[str, int]:
    """Delete or blank what is past its time; returns rows per kind."""
    old_answers = col(RawAnswer.fetched_at) < now - RAW_ANSWERS
    old_runs = (col(CrawlRun.started_at) < now - CRAWL_RUNS) & col(CrawlRun.id).not_in(select(RawAnswer.crawl_run_id))
    session.execute(
        update(NoticeVersion)
        .where(col(NoticeVersion.raw_answer_id).in_(select(RawAnswer.id).where(old_answers)))
        .values(raw_answer_id=None)
        .execution_options(synchronize_session=False)
    )
    return {
        "raw_answers": _delete(session, RawAnswer, old_answers),
        "source_issues": _delete(session, SourceIssue, col(SourceIssue.at) < now - CRAWL_RUNS),
        "crawl_runs": _delete(session, CrawlRun, old_runs & col(CrawlRun.id).not_in(select(SourceIssue.crawl_run_id))),
        "sign_in_attempts": _delete(session, SignInAttempt, col(SignInAttempt.at) < now - SIGN_IN_ATTEMPTS),
        "sign_in_records": _delete(session, SignInRecord, col(SignInRecord.at) < now - SIGN_IN_RECORDS),
        "officer_sessions": _delete(session, OfficerSession, col(OfficerSession.expires_at) < now - OFFICER_SESSIONS),
        "own_visits": _delete(session, OwnVisit, col(OwnVisit.asked_at) < now - OWN_VISITS),
        "mail_bodies": forget_bodies(session, now),
        "addresses": forget_addresses(session, now),
        "notice_marks": _delete(session, NoticeMark, col(NoticeMark.published_on) < shanghai_day(now) - NOTICE_MARKS),
        "read_messages": _delete(session, ReadMessage, col(ReadMessage.at) < now - READ_MESSAGES),
        "planned_slots": _delete(session, PlannedSlot, col(PlannedSlot.done_at) < now - PLANNED_SLOTS),
        "subscription_changes": forget_changes(session),
    }


def _delete(session: Session, table: type[Any], is_past: Any) -> int:
    done = session.execute(delete(table).where(is_past).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
