"""Mail that really leaves: a mail server takes what `stages run` sends, and who is not on the allow-list is spared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlmodel import SQLModel

from store.engine import make_engine, reading
from tests.cast import CHENGHAI, TOYS
from tests.smtp_servers import UNKNOWN, free_port, smtp_server
from tests.stories.commands import NOW, Commands
from tests.stories.conftest import Prepare
from tests.stories.people import TOY_FIRM, add_firm, run_stages
from tests.stories.published import export_sheet, notice_row

SYMBOL = "G/TBT/N/USA/2500"
SENDER = "warn@warn.example"


def live(tbtwatch: Commands) -> Commands:
    return replace(tbtwatch, settings={"profile": "live", "warning_lanes": "at_once"})  # lanes have tests of their own


def with_a_warning(tbtwatch: Commands) -> None:
    """A live store: three firms of Chenghai that want toy warnings, and a notice that makes one without any doubt."""
    tbtwatch = live(tbtwatch)
    for email in (TOY_FIRM, "second@firm.example", f"{UNKNOWN}@firm.example"):
        add_firm(tbtwatch, email, TOYS, CHENGHAI)
    row = notice_row(
        SYMBOL, "Safety of toys", "2026-06-01", "2026-07-31",
        Products_covered="Toys (HS code(s): 950300); Toys (ICS code(s): 97.200.50)",
    )  # fmt: skip
    sheet = export_sheet(tbtwatch.var.with_suffix(".csv"), [row])
    assert tbtwatch.answer("import", str(sheet), "--as-news", "--now", NOW)["new"] == 1


@pytest.fixture
def service(prepared: Callable[[Prepare], Commands]) -> Commands:
    """A store in which mails are about to be written."""
    return live(prepared(with_a_warning))


def states(service: Commands) -> dict[str, str]:
    return {mail["to"]: mail["state"] for mail in service.answer("outbox", "list")}


def over_smtp(port: int, **settings: str) -> dict[str, str]:
    return {"smtp_host": "127.0.0.1", "smtp_port": str(port), "smtp_tls": "none", "smtp_from": SENDER, **settings}


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_mail_server_takes_each_mail_once_and_its_answers_are_kept(service: Commands) -> None:
    with smtp_server() as post:
        sent = service.answer("stages", "run", "--now", NOW, **over_smtp(post.port))
        again = service.answer("stages", "run", "--now", NOW, **over_smtp(post.port))
    assert sent["send"] == 3 and set(again.values()) == {0}
    assert sorted(post.recipients()) == ["second@firm.example", TOY_FIRM]
    assert states(service) == {
        TOY_FIRM: "accepted",
        "second@firm.example": "accepted",
        f"{UNKNOWN}@firm.example": "failed",
    }
    (failed,) = service.answer("outbox", "list", "--state", "failed")
    attempt = service.answer("outbox", "show", failed["id"])["attempts"][0]
    assert (attempt["outcome"], attempt["code"]) == ("permanent", 550)
    message = next(message for to, message in post.taken if to == TOY_FIRM)
    assert message["Subject"] == "【黄色预警】美国玩具 7月11日前可提意见（新规草案）"
    assert SENDER in message["From"] and message["To"] == TOY_FIRM
    assert "二" not in text_of(message, "plain") and "为什么发给您" in text_of(message, "plain")
    assert SYMBOL in text_of(message, "html")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(line.isascii() for line in post.raw[0].decode("ascii").splitlines())


def test_addresses_live_in_their_own_rows_only(service: Commands) -> None:
    service.answer("officers", "add", "chenghai", "--bureau", CHENGHAI, "--email", "office@firm.example")
    with smtp_server() as post:
        service.answer("stages", "run", "--now", NOW, **over_smtp(post.port))
    engine = make_engine(service.url)
    with reading(engine) as session:
        holding = {
            table.name
            for table in SQLModel.metadata.sorted_tables
            for row in session.execute(table.select())
            if "@firm.example" in str(row) or "@exporter.example" in str(row)
        }
    engine.dispose()
    assert holding == {"subscriber", "officer"}


def test_the_allow_list_captures_the_others(service: Commands) -> None:
    with smtp_server() as post:
        service.answer("stages", "run", "--now", NOW, **over_smtp(post.port, mail_allow=f"{TOY_FIRM},@nobody.example"))
    assert post.recipients() == [TOY_FIRM]
    assert sorted(states(service).values()) == ["accepted", "captured", "captured"]


def test_without_a_mail_server_everything_is_captured(service: Commands) -> None:
    assert run_stages(service)["send"] == 3
    assert set(states(service).values()) == {"captured"}


def test_a_mail_server_that_is_away_is_told_and_nothing_is_lost(service: Commands) -> None:
    port = free_port()
    away = service.process("stages", "run", "--now", NOW, "--json", **over_smtp(port))
    assert (away.code, away.json()["compose"], away.json()["send"]) == (0, 1, 0)
    assert f"127.0.0.1:{port}" in away.err and "mails wait" in away.err and "Traceback" not in away.err
    assert set(states(service).values()) == {"pending"}
    with smtp_server() as post:
        service.answer("stages", "run", "--now", NOW, **over_smtp(post.port))
    assert sorted(post.recipients()) == ["second@firm.example", TOY_FIRM]
