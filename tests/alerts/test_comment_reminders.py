"""Silent counties, erased firms, and the table of meetings."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.comment_forgetting import forget_commenter
from alerts.comment_reminders import SILENT, TO_COMPILE, tell_those_above
from alerts.comment_sight import Share, sums_of
from store.bureau import Officer
from store.comment import Comment, CommentVersion
from store.committee_meetings import BrokenMeetings, Meeting, committee_meetings, next_meeting
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from tests.alerts.commented import Play, begin
from tests.alerts.mailed import settings_at


@pytest.fixture
def play(loaded: Engine, now: datetime, tmp_path: Path) -> Play:
    return begin(loaded, now, settings_at(tmp_path))


def told(play: Play, kind: str) -> list[str]:
    with reading(play.engine) as session:
        rows = session.exec(
            select(Officer.sign_in)
            .join(OfficerMail, OfficerMail.officer_id == Officer.id)  # type: ignore[arg-type]
            .where(OfficerMail.kind == kind)
        )
        return list(rows)


def test_a_silent_county_is_told_to_its_city_and_the_province_on_the_citys_day(play: Play) -> None:
    play.comment()
    for month, day, written, silent, compiling in (
        (7, 10, 0, [], []),  # the county's last day
        (7, 11, 1, ["shantou"], []),
        (7, 12, 0, ["shantou"], []),  # once
        (7, 16, 1, ["shantou"], ["guangdong"]),
        (7, 31, 0, ["shantou"], ["guangdong"]),  # over
    ):
        assert tell_those_above(play.engine, play.now.replace(month=month, day=day)) == {"written": written}
        assert (told(play, SILENT), told(play, TO_COMPILE)) == (silent, compiling)


def test_an_erased_firm_leaves_its_numbers_and_no_word(play: Play) -> None:
    for place in range(3):
        play.comment(place, firm_name="某测试企业", may_be_named="1", wording="推迟")
    play.comment(0, wording="推迟两年")
    with writing(play.engine) as session:
        assert forget_commenter(session, play.now, play.firms[0].exporter_id) == 1
        assert forget_commenter(session, play.now, play.firms[0].exporter_id) == 0
    with reading(play.engine) as session:
        rows = session.exec(select(Comment).order_by(Comment.id)).all()  # type: ignore[arg-type]
        gone = rows[0]
        assert (gone.exporter_id, gone.subscriber_id, gone.firm_name, gone.harm, gone.wording) == (
            None,
            None,
            "",
            "",
            "",
        )
        assert (gone.yearly_value, gone.affected, gone.may_be_named) == (100, "yes", False)
        assert session.exec(select(CommentVersion)).all() == []
        total = sums_of([Share(str(c.exporter_id or c.public_id), c.affected, c.yearly_value) for c in rows])
    assert total is not None and total.value == 300


def test_the_next_meeting_is_the_one_whose_call_is_still_open() -> None:
    table = [Meeting("TBT", date(2026, m, 10), date(2026, m, 12), False, "") for m in (3, 6, 11)]
    for today, month in ((date(2026, 5, 13), 6), (date(2026, 5, 14), 11)):
        found = next_meeting("TBT", today, table)
        assert found is not None and found.begins_on.month == month
    assert (
        next_meeting("TBT", date(2026, 12, 1), table) is None and next_meeting("SPS", date(2026, 1, 1), table) is None
    )


def test_the_table_of_meetings_is_whole_and_says_that_nothing_is_confirmed() -> None:
    meetings = committee_meetings()
    assert {(m.committee, m.begins_on.year) for m in meetings} == {(c, y) for c in ("TBT", "SPS") for y in (2026, 2027)}
    assert not any(meeting.confirmed for meeting in meetings)


@pytest.mark.parametrize(
    "line",
    [
        "TBT,soon,2026-01-02,no,",
        "WTO,2026-01-01,2026-01-02,no,",
        "TBT,2026-01-02,2026-01-01,no,",
        "TBT,2026-01-01,2026-01-02,maybe,",
    ],
)
def test_a_line_that_is_no_meeting_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "committee_meetings.csv"
    path.write_text(f"committee,begins_on,ends_on,confirmed,note\n{line}\n", encoding="utf-8")
    with pytest.raises(BrokenMeetings, match=r"committee_meetings\.csv:2"):
        committee_meetings(path)
