"""The cast of the stories, added by the commands an operator uses; and what came to whom."""

from __future__ import annotations

from typing import Any

from tests.cast import CERAMICS, CHENGHAI, PROVINCE, SHANTOU, STRANGER, TOYS
from tests.stories.commands import NOW, Commands

TOY_FIRM, TABLEWARE_FIRM = "toys@exporter.example", "tableware@exporter.example"
OFFICERS = {"chenghai": CHENGHAI, "shantou": SHANTOU, "guangdong": PROVINCE, "dabu": STRANGER}


def add_cast(tbtwatch: Commands) -> None:
    """Four officers; an exporter of toys in Chenghai, one of tableware in Dabu."""
    for sign_in, code in OFFICERS.items():
        tbtwatch.answer("officers", "add", sign_in, "--bureau", code)
    add_firm(tbtwatch, TOY_FIRM, TOYS, CHENGHAI)
    add_firm(tbtwatch, TABLEWARE_FIRM, CERAMICS, STRANGER)


def add_firm(tbtwatch: Commands, email: str, industry: str, code: str, now: str = NOW) -> Any:
    """An exporter that asks for one industry."""
    return tbtwatch.answer("exporters", "add", "--email", email, "--industry", industry, "--county", code, "--now", now)


def run_stages(tbtwatch: Commands, now: str = NOW) -> dict[str, int]:
    """The counts of `stages run`, which a second run does not raise."""
    counts: dict[str, int] = tbtwatch.answer("stages", "run", "--now", now)
    again = tbtwatch.answer("stages", "run", "--now", now)
    assert set(again.values()) == {0}, again
    return counts


def mails(tbtwatch: Commands) -> list[tuple[str, str]]:
    """(address, kind) of every mail, the first written first."""
    return [(mail["to"], mail["kind"].removeprefix("warning_")) for mail in reversed(tbtwatch.answer("outbox", "list"))]


def newest_mail(tbtwatch: Commands, to: str) -> Any:
    """The newest mail to this address, whole."""
    found = next(mail for mail in tbtwatch.answer("outbox", "list") if mail["to"] == to)
    return tbtwatch.answer("outbox", "show", found["id"])


def review_at(tbtwatch: Commands, code: str) -> Any:
    """The one open review on the desk of this bureau."""
    (review,) = tbtwatch.answer("reviews", "list", "--bureau", code)
    return review
