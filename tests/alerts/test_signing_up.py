"""The pieces of a sign-up: check characters, when an invitation is due, who may be written to, previews, sheets."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from openpyxl import Workbook

from alerts.credit_codes import BadCreditCode, checked_credit_code
from alerts.criteria import Told
from alerts.enrolment_sheet import MOST_ROWS, BadSheet, as_csv, read_sheet
from alerts.invitations import due_step, may_invite
from alerts.preview import ADVICE_MANY, ADVICE_NONE, preview
from alerts.retelling import Retold, open_now
from store.subscription import Subscriber

AT = datetime(2026, 6, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("code", ["91350100M000100Y43", " 91350100m000100y43 ", "９１３５０１００M000100Y43"])
def test_a_credit_code_whose_check_character_fits(code: str) -> None:
    assert checked_credit_code(code) == "91350100M000100Y43"


@pytest.mark.parametrize(
    "code", ["91350100M000100Y44", "91350100M000100Y4", "91350100O000100Y43", "19350100M000100Y43"]
)
def test_a_credit_code_with_one_slip_is_refused(code: str) -> None:
    with pytest.raises(BadCreditCode):
        checked_credit_code(code)


@pytest.mark.parametrize(
    ("sent", "days", "enrolled", "step"),
    [
        (1, 1.9, False, ""), (1, 2, False, "invite"), (2, 6.9, False, ""), (2, 7, False, "invite"), (3, 13, False, ""),
        (3, 14, False, "end"), (1, 14, False, "end"), (1, 9, True, ""), (1, 14, True, "end"),
    ],
)  # fmt: skip
def test_when_an_invitation_is_due(sent: int, days: float, enrolled: bool, step: str) -> None:
    assert due_step(sent, AT, AT + days * DAY, enrolled=enrolled) == step


@pytest.mark.parametrize(
    ("invitations", "days_ago", "may"), [(0, None, True), (1, 0.9, False), (1, 1, True), (6, 30, False), (6, 90, True)]
)
def test_nobody_is_invited_more_than_once_a_day_nor_without_end(
    invitations: int, days_ago: float | None, may: bool
) -> None:
    invited_at = AT - days_ago * DAY if days_ago is not None else None
    person = Subscriber(
        exporter_id=1, email="a@b.example", email_key="a@b.example", created_at=AT, invitations=invitations,
        invited_at=invited_at,
    )  # fmt: skip
    assert may_invite(person, AT) is may


def past(number: int, severity: str, on: date, **changed: Any) -> Retold:
    values: dict[str, Any] = {
        "warning": f"w{number}", "warning_id": number, "number": 1, "kind": "issue", "severity": severity, "on": on,
        "is_out": True, "told": Told(frozenset({"toys"}), ("950300",), "toys", ("USA",)), "headline": "美国：玩具新规",
        "facts": cast(Any, {"comment_deadline": "2026-07-30", "force_on": None}),
    }  # fmt: skip
    return Retold(**{**values, **changed})


def test_a_preview_counts_mails_as_they_would_go_out() -> None:
    monday, tuesday = date(2026, 6, 1), date(2026, 6, 2)
    rows = [past(1, "red", monday), past(2, "orange", monday), past(3, "blue", monday), past(4, "yellow", monday)]
    rows += [past(5, "blue", tuesday), past(6, "red", tuesday, told=Told(frozenset({"glass"}), (), "", ("USA",)))]
    toys = frozenset({("industry", "toys")})
    told = preview(rows, toys, "", [], monday)
    assert (told.mails, told.warnings, told.busiest, told.advice) == (4, 5, (("toys", 5),), "")
    assert [row.warning for row in told.shown] == ["w5", "w4", "w3", "w2", "w1"]
    assert preview(rows, toys, "orange", [], monday).warnings == 2
    assert preview(rows, frozenset({("hs", "9503"), ("market", "JPN")}), "", [], monday).advice == ADVICE_NONE
    many = [past(number, "red", monday) for number in range(251)]
    assert preview(many, toys, "", [], monday).advice == ADVICE_MANY


def test_open_now_are_the_newest_versions_whose_dates_lie_ahead() -> None:
    day = date(2026, 6, 1)
    gone = cast(Any, {"comment_deadline": "2026-06-02", "force_on": None})
    soon = cast(Any, {"comment_deadline": None, "force_on": "2026-12-01"})
    rows = [
        past(1, "red", day), past(2, "red", day), past(2, "red", day, kind="cancel"), past(3, "red", day, facts=gone),
        past(4, "red", day, facts=soon), past(5, "red", day, is_out=False),
    ]  # fmt: skip
    assert [row.warning for row in open_now(rows, AT)] == ["w1", "w4"]


def test_a_workbook_and_a_csv_say_the_same_and_survive_the_form() -> None:
    book, lines = (
        Workbook(),
        [["邮箱", "HS编码", "备注"], ["a@b.example", 9503, "x"], [None, None], ["c@d.example", "9401"]],
    )
    assert book.active is not None
    for line in lines:
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    rows = read_sheet(content.getvalue())
    assert [(row.number, row.cells["email"], row.cells["hs"]) for row in rows] == [
        (2, "a@b.example", "9503"), (4, "c@d.example", "9401")
    ]  # fmt: skip
    again = read_sheet(as_csv(rows).encode())
    assert [(row.number, row.cells["hs"]) for row in again] == [(2, "9503"), (4, "9401")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no workbook",
        "名称\n甲".encode(),
        b"email\n" + b"a@b.example\n" * (MOST_ROWS + 1),
        b"\xff\xff\xff",
    ],
)
def test_what_is_no_sheet_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadSheet):
        read_sheet(content)
