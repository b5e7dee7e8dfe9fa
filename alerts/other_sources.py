"""The other sources of a matter: the notices that joins put beside those of one thread or one warning."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from alerts.recipients import matter_of
from alerts.wording import day_zh, name_of_market, shortened
from store.display_names import display_name
from store.join import joined_threads, notices_in
from store.notice import Notice
from store.warning import WarningVersion

MOST_TITLE = 100  # characters in one line of a mail


def joined_notices(session: Session, thread_id: int) -> list[Notice]:
    """The notices of other threads that are one matter with this thread, by publication."""
    others = [thread for thread in joined_threads(session, [thread_id]) if thread != thread_id]
    return notices_in(session, others) if others else []


def other_sources(session: Session, version: WarningVersion) -> list[Notice]:
    """The first notice of each other thread of a version's matter."""
    threads = matter_of(session, version.warning_id)
    own = session.get_one(Notice, version.notice_id).thread_id
    return first_of_each(notices_in(session, [t for t in threads if t != own])) if len(threads) > 1 else []


def first_of_each(notices: Sequence[Notice]) -> list[Notice]:
    """The first notice of each thread, in their order."""
    found: dict[int, Notice] = {}
    for notice in notices:
        found.setdefault(notice.thread_id, notice)
    return list(found.values())


def source_zh(notice: Notice) -> str:
    """One line: 美国，法规，2026年6月5日：Safety Standard for Toys https://..."""
    who = [name_of_market(notice.issuer, notice.kind), display_name("notice_kind", notice.kind)]
    when = [day_zh(notice.published_on)] if notice.published_on else []
    title = shortened(notice.title or notice.products, MOST_TITLE)
    return f"{'，'.join(who + when)}：{title} {address_of(notice)}".strip()


def address_of(notice: Notice) -> str:
    """The first web address of a notice; "" when it has none."""
    urls = [str(link.get("url", "")) for link in notice.links or ()]
    safe = [url for url in urls if url.startswith(("https://", "http://")) and not any(c in url for c in " \"<>'")]
    return safe[0] if safe else ""
