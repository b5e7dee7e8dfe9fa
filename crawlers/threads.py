"""Threads: a notification and all that follows it, found by the families of the symbols."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from crawlers.changes import groups
from crawlers.items import NoticeItem
from crawlers.symbols import family_of
from store.columns import new_public_ids
from store.inserting import add_keyed_rows, add_rows, among
from store.notice import Notice, NoticeThread, ThreadFamily


def settle_threads(session: Session, items: Sequence[NoticeItem], present: Sequence[int | None]) -> list[int]:
    """The thread id of each item; `present` holds the thread a known notice stands in already.

    Makes threads and families that are missing. Threads that turn out to be one (a joint notification whose list
    grew) become the oldest of them.
    """
    families = [tuple(dict.fromkeys(map(family_of, item.symbols))) for item in items]
    known = _known_families(session, {family for own in families for family in own})
    standing = [
        {known[family] for family in own if family in known} | ({thread} if thread else set())
        for own, thread in zip(families, present, strict=True)
    ]
    keys: list[list[Hashable]] = [[*own, *threads] for own, threads in zip(families, standing, strict=True)]
    result = [0] * len(items)
    parts = groups(keys)
    found = [sorted({thread for i in part for thread in standing[i]}) for part in parts]
    made = iter(_new_threads(session, sum(1 for threads in found if not threads)))
    missing: dict[str, int] = {}
    for part, threads in zip(parts, found, strict=True):
        thread = threads[0] if threads else next(made)
        _join_threads(session, thread, threads[1:])
        for i in part:
            result[i] = thread
            missing.update({family: thread for family in families[i] if family not in known})
    add_rows(session, ThreadFamily, [{"family": family, "thread_id": thread} for family, thread in missing.items()])
    return result


def _known_families(session: Session, families: set[str]) -> dict[str, int]:
    found = among(session, "family, thread_id", "threadfamily", "family", sorted(families))
    return {family: thread for family, thread in found}  # noqa: C416 - rows, not pairs


def _new_threads(session: Session, count: int) -> list[int]:
    return add_keyed_rows(session, NoticeThread, [{"public_id": name} for name in new_public_ids(count)])


def _join_threads(session: Session, survivor: int, others: Sequence[int]) -> None:
    if not others:
        return
    for table in (Notice, ThreadFamily):
        rows: Any = table
        session.execute(
            update(rows)
            .where(rows.thread_id.in_(others))
            .values(thread_id=survivor)
            .execution_options(synchronize_session=False)
        )
