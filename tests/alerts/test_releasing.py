"""仍可评议: only the province lets history out, and only what can still be commented on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.releasing import NotHistory, release, still_open
from alerts.reviewing import NotAllowed
from store.audit import AuditEntry
from store.engine import reading, writing
from store.notice import HISTORY, Notice
from store.warning import WarningVersion
from tests.alerts.raised import run
from tests.cast import TOYS, insert_cast
from tests.rows import insert_notice


def test_only_the_province_releases_history_that_can_still_be_commented_on(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        opened = insert_notice(session, now, "G/TBT/N/EU/1", [(TOYS, "accepted")], admitted=HISTORY, issuer="EU")
        coming = insert_notice(
            session,
            now,
            "G/TBT/N/EU/3",
            [(TOYS, "accepted")],
            admitted=HISTORY,
            comment_deadline=now.date() - timedelta(days=1),
            force_on=now.date() + timedelta(days=400),
        )
        insert_notice(
            session,
            now,
            "G/TBT/N/EU/2",
            [(TOYS, "accepted")],
            admitted=HISTORY,
            comment_deadline=now.date() - timedelta(days=1),
        )
    run(loaded, now)
    with reading(loaded) as session:
        assert [n.id for n in still_open(session, now)] == [opened.id, coming.id]
    with pytest.raises(NotAllowed), writing(loaded) as session:
        release(session, session.get_one(Notice, opened.id), cast.city, now)
    with writing(loaded) as session:
        release(session, session.get_one(Notice, opened.id), cast.province, now)
    run(loaded, now)
    with pytest.raises(NotHistory), writing(loaded) as session:
        release(session, session.get_one(Notice, opened.id), cast.province, now)
    with reading(loaded) as session:
        raised = session.exec(select(WarningVersion).where(WarningVersion.notice_id == opened.id)).one()
        assert [n.id for n in still_open(session, now)] == [coming.id]
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "notice.release")).one()
    assert raised.state == "issued"
    assert (entry.object_id, entry.officer_id) == (opened.public_id, cast.province.id)
