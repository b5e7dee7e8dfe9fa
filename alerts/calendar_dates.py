"""Which days of a warning go into a calendar file, by one rule for the mail and for whoever asks again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from alerts.comment_days import ladder_in, takes_comments
from alerts.facts import Facts
from alerts.ics import Dated

COMMENT, ADOPTION, FORCE = "comment", "adoption", "force"
LABELS = {COMMENT: "交评议意见的最后一天", ADOPTION: "拟批准", FORCE: "开始实施"}


@dataclass(frozen=True, slots=True)
class KeyDay:
    """One day of a warning that its firms plan by; `what` is comment, adoption or force."""

    what: str
    day: date


def key_days(facts: Facts, *, is_void: bool = False) -> tuple[KeyDay, ...]:
    """The firms' own last day for a comment (not the notifying member's), adoption, entry into force: those known.

    `is_void`: all that were ever told, also those for a comment that nobody takes any more.
    """
    ladder = ladder_in(facts) if is_void or takes_comments(facts) else None
    found = [KeyDay(COMMENT, ladder.firms)] if ladder else []
    for what, iso in ((ADOPTION, facts["adoption_on"]), (FORCE, facts["force_on"])):
        if iso:
            found.append(KeyDay(what, date.fromisoformat(iso)))
    return tuple(found)


def dated_of(
    facts: Facts, headline: str, public_id: str, base_url: str, today: date, *, is_void: bool = False
) -> list[Dated]:
    """The days from `today` on as calendar events; their uids stay the same when the day moves.

    `headline`: 欧盟玩具新规草案; `public_id` is the warning's. `is_void`: it is cancelled, and the events say so.
    """
    mark = "（已撤销）" if is_void else ""
    return [
        event_of(public_id, one, headline, base_url, mark)
        for one in key_days(facts, is_void=is_void)
        if one.day >= today
    ]


def event_of(public_id: str, one: KeyDay, headline: str, base_url: str, mark: str = "") -> Dated:
    """One day of a warning as a calendar event."""
    label = LABELS[one.what]
    text = "详情和原文见网页，以原文为准。"
    url = f"{base_url}/warnings/{public_id}"
    return f"{public_id}-{one.what}@tbtwatch", one.day, f"{mark}{headline} {label}", text, url
