"""Accounts from the command line: invited, recovered, unlocked, ended, erased; and the trail that stays whole."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import select

from alerts.managing import lock
from store.audit import AuditEntry
from store.bureau import Officer
from store.engine import make_engine, reading, writing
from store.officer_mail import OfficerMail
from tests.cast import CHENGHAI
from tests.stories.commands import Commands, is_told
from tests.stories.conftest import tbtwatch  # noqa: F401 - a fixture
from tests.stories.people import add_cast

LINK = re.compile(r"http.+/welcome/[0-9a-f]{32}\?token=[0-9a-f]{64}")
ADDRESS = "newcomer@desk.example"
INVITE = ("officers", "invite", "newcomer", "--bureau", CHENGHAI, "--name", "新来的测试账号", "--email", ADDRESS)


def test_a_password_that_is_made_must_be_changed_one_that_is_given_need_not(tbtwatch: Commands) -> None:  # noqa: F811
    tbtwatch.answer("officers", "add", "made", "--bureau", CHENGHAI)
    done = tbtwatch("officers", "add", "given", "--bureau", CHENGHAI, "--password-stdin", given="long-enough-for-it\n")
    assert done.code == 0, done
    with reading(make_engine(tbtwatch.url)) as session:
        must = {o.sign_in: o.must_change for o in session.exec(select(Officer))}
    assert must == {"made": True, "given": False}


def test_an_account_from_invitation_to_erasure(tbtwatch: Commands, now: datetime) -> None:  # noqa: F811
    add_cast(tbtwatch)
    made = tbtwatch.answer(*INVITE, "--role", "B")
    assert LINK.fullmatch(made["link"]) and (made["state"], made["role"]) == ("invited", "B")
    is_told(tbtwatch(*INVITE), 1, "newcomer", "choose another")
    second = tbtwatch.answer("officers", "recover", made["id"])
    assert second["link"] != made["link"]
    engine = make_engine(tbtwatch.url)
    with writing(engine) as session:
        lock(session, session.exec(select(Officer).where(Officer.sign_in == "newcomer")).one(), now)
    assert states(tbtwatch)["newcomer"] == "locked"
    assert tbtwatch.answer("officers", "unlock", "newcomer")["state"] == "invited"
    is_told(tbtwatch("officers", "erase", "newcomer"), 1, "in office", "officers end")
    assert tbtwatch.answer("officers", "end", "newcomer")["state"] == "ended"
    assert "newcomer" not in states(tbtwatch) and states(tbtwatch, "--ended")["newcomer"] == "ended"
    is_told(tbtwatch("officers", "unlock", "newcomer"), 1, "officers list --ended")
    before = tbtwatch.answer("audit", "verify")
    erased = tbtwatch.answer("officers", "erase", "newcomer")
    after = tbtwatch.answer("audit", "verify")
    assert before["whole"] and after["whole"] and after["number"] == before["number"] + 1
    assert erased["email"] == "" and "newcomer" not in str(erased)
    told = [row["action"] for row in tbtwatch.answer("audit", "list", "--object", made["id"])]
    wanted = ["erase", "end", "unlock", "lock", "recover", "invite"]
    assert told == [f"officer.{deed}" for deed in wanted]
    with reading(engine) as session:
        rows = [*session.exec(select(AuditEntry)), *session.exec(select(OfficerMail)), *session.exec(select(Officer))]
    assert not [row for row in rows if re.search("newcomer|新来的", str(vars(row)))]


def states(tbtwatch: Commands, *options: str) -> dict[str, str]:  # noqa: F811
    return {row["sign_in"]: row["state"] for row in tbtwatch.answer("officers", "list", *options)}


def test_the_table_of_one_bureau(tbtwatch: Commands) -> None:  # noqa: F811
    add_cast(tbtwatch)
    done = tbtwatch("officers", "list", "--bureau", CHENGHAI)
    assert done.code == 0 and "chenghai" in done.out and "shantou" not in done.out
    is_told(tbtwatch("officers", "list", "--bureau", "1"), 1, "regions.csv")
    is_told(tbtwatch("officers", "invite", "x", "--bureau", CHENGHAI, "--role", "C"), 1, "role 'C'")
