"""Which days of a warning go into a calendar file, by one rule for the mail and for whoever asks again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from alerts.comment_days import ladder_in
from alerts.facts import Facts
from alerts.ics import Dated
from alerts.wording import day_zh

COMMENT, ADOPTION, FORCE = "comment", "adoption", "force"
LABELS = {COMMENT: "提评议意见的最后一天", ADOPTION: "拟批准", FORCE: "开始实施"}


@dataclass(frozen=True, slots=True)
class KeyDay:
    """One day of a warning that its firms plan by; `what` is comment, adoption or force."""

    what: str
    day: date


def key_days(facts: Facts) -> tuple[KeyDay, ...]:
    """The firms' own last day for a comment (not the notifying member's), adoption, entry into force: those known.

    Withdrawn measures have none.
    """
    if facts["stage"] == "withdrawn":
        return ()
    ladder = ladder_in(facts)
    found = [KeyDay(COMMENT, ladder.firms)] if ladder else []
    for what, iso in ((ADOPTION, facts["adoption_on"]), (FORCE, facts["force_on"])):
        if iso:
            found.append(KeyDay(what, date.fromisoformat(iso)))
    return tuple(found)


def dated_of(
    facts: Facts, headline: str, public_id: str, url: str, today: date, *, is_void: bool = False
) -> list[Dated]:
    """The days from `today` on as calendar events; their uids stay the same when the day moves.

    `headline`: 欧盟玩具新规草案; `public_id` and `url` are the warning's. `is_void`: the warning is cancelled,
    and the events say so.
    """
    mark = "（已撤销）" if is_void else ""
    found = []
    for one in key_days(facts):
        if one.day >= today:
            label = LABELS[one.what]
            text = f"{headline}：{label}，{day_zh(one.day)}。详情和原文见网页，以原文为准。"
            found.append((f"{public_id}-{one.what}@tbtwatch", one.day, f"{mark}{headline} {label}", text, url))
    return found
